import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda'
import { realSleep } from '../../local/clock.ts'
import { mapKafkaTopic } from '../../local/kafka/map-kafka-topic.ts'
import type { EventSourceMapping, KafkaEvent } from '../../local/log/event-source-mapping.ts'
import type { CloudFormationTemplate } from './emulator-template.ts'

/** The settings of an event-source mapping of MSK, as a template has them. */
export interface MskMapping {
  readonly clusterArn: string
  readonly topic: string
  readonly group: string
  readonly batchSize: number
  readonly windowSeconds: number
}

/** The mapping of the span topic: the one in the template that names topics. */
export function mskMappingOf(template: CloudFormationTemplate): MskMapping {
  for (const { Type, ...resource } of Object.values(template.Resources)) {
    const { Properties } = resource as { readonly Properties: Record<string, never> }
    if (Type !== 'AWS::Lambda::EventSourceMapping' || Properties.Topics === undefined) continue
    const { EventSourceArn, Topics, AmazonManagedKafkaEventSourceConfig, BatchSize, MaximumBatchingWindowInSeconds } =
      Properties as unknown as {
        readonly EventSourceArn: string
        readonly Topics: readonly [string]
        readonly AmazonManagedKafkaEventSourceConfig: { readonly ConsumerGroupId: string }
        readonly BatchSize: number
        readonly MaximumBatchingWindowInSeconds: number
      }
    return {
      clusterArn: EventSourceArn,
      topic: Topics[0],
      group: AmazonManagedKafkaEventSourceConfig.ConsumerGroupId,
      batchSize: BatchSize,
      windowSeconds: MaximumBatchingWindowInSeconds,
    }
  }
  throw new Error('the template maps no topic to a function')
}

/** A function answered with an error. */
class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed'
}

/** Calls a deployed function and answers with what it answered. */
export async function invoke(lambda: LambdaClient, name: string, event: unknown): Promise<unknown> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
  )
  const text = Buffer.from(Payload ?? []).toString()
  if (FunctionError !== undefined) throw new FunctionFailed(`${name}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}

/**
 * Does what Lambda's pollers do, which the emulator has not: reads the topic from a real Kafka, and calls the deployed
 * function with events of the MSK cluster that the template names.
 */
export function pollForLambda(
  settings: MskMapping,
  brokers: string,
  partitions: number,
  call: (event: unknown) => Promise<unknown>,
): Promise<EventSourceMapping> {
  const { clusterArn, topic, group, batchSize } = settings
  const handler = (event: KafkaEvent): Promise<unknown> =>
    call({ ...event, eventSource: 'aws:kafka', eventSourceArn: clusterArn })
  return mapKafkaTopic({
    ...{ brokers, topic, partitions, groupId: group, batchSize, handler },
    windowMs: 500, // not the template's seconds: a test would wait for them
    sleep: realSleep,
    onFailure: (cause) => console.error(cause),
  })
}
