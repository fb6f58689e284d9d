import { AsyncLocalStorage } from 'node:async_hooks'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KafkaClient } from '@aws-sdk/client-kafka'
import { PricingClient } from '@aws-sdk/client-pricing'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'

/** A call of the SDK as IAM sees it: `dynamodb:Query` on `table/tollgate-ledger/index/parked` and the like. */
export interface RecordedCall {
  readonly function: string
  readonly action: string
  readonly resource: string
}

const running = new AsyncLocalStorage<string>()
const recorded = new Map<string, RecordedCall>()

/** Every different call that a function has made so far. */
export const recordedCalls = (): readonly RecordedCall[] => [...recorded.values()]

/** The function in whose name this runs; undefined for the test's own doings. */
export const runningFunction = (): string | undefined => running.getStore()

/** Runs `work` in the name of a function: calls of the SDK below it are recorded as that function's. */
export const runAs = <Result>(name: string, work: () => Result): Result => running.run(name, work)

/** Wraps a function's factory, so that what the function it makes calls is recorded under `name`. */
export const recordedAs =
  <Ports extends unknown[], Event extends unknown[], Result>(
    name: string,
    factory: (...ports: Ports) => (...event: Event) => Result,
  ) =>
  (...ports: Ports) => {
    const made = factory(...ports)
    return (...event: Event): Result => runAs(name, () => made(...event))
  }

interface Input {
  readonly TableName?: string
  readonly IndexName?: string
  readonly RequestItems?: Readonly<Record<string, unknown>>
  readonly Bucket?: string
  readonly Key?: string
  readonly TopicArn?: string
  readonly ClusterArn?: string
  readonly TopicName?: string
}

/** What of an account each service's calls name; the test makes ARNs of it. */
const RESOURCE_OF: Readonly<Record<string, (input: Input) => string>> = {
  dynamodb: ({ TableName = '', IndexName, RequestItems }) =>
    `table/${RequestItems ? Object.keys(RequestItems).join() : TableName}${IndexName ? `/index/${IndexName}` : ''}`,
  s3: ({ Key = '' }) => Key,
  sns: ({ TopicArn = '' }) => TopicArn,
  pricing: () => '*',
  cloudwatch: () => '*',
  kafka: ({ TopicName }) => (TopicName === undefined ? 'cluster' : `topic/${TopicName}`),
}

/** Watches every client of the SDK in this process from now on. A call outside `runAs` is the test's own. */
export function watchSdk(): void {
  const clients = {
    cloudwatch: CloudWatchClient,
    dynamodb: DynamoDBClient,
    s3: S3Client,
    sns: SNSClient,
    pricing: PricingClient,
    kafka: KafkaClient,
  }
  for (const [service, client] of Object.entries(clients)) {
    const prototype: { send: (command: { input: Input }, ...rest: unknown[]) => unknown } = client.prototype as never
    const { send } = prototype
    prototype.send = function (command, ...rest) {
      const name = running.getStore()
      if (name !== undefined) {
        const action = `${service}:${command.constructor.name.replace(/Command$/, '')}`
        const resource = RESOURCE_OF[service]?.(command.input) ?? ''
        recorded.set(`${name} ${action} ${resource}`, { function: name, action, resource })
      }
      return send.call(this, command, ...rest)
    }
  }
}
