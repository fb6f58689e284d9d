import * as z from 'zod'
import type { DeployAnswer, DeployRequest } from '../../layers/adapters/deploy-request.ts'
import { OtherPartitions, TopicNotUsable, type WantedTopic } from './create-topic.ts'

/** The properties that infra/topic-operations.ts gives; CloudFormation makes strings of them. */
const propertiesSchema = z
  .looseObject({
    ClusterArn: z.string().min(1),
    TopicName: z.string().min(1),
    Partitions: z.coerce.number().int().min(1),
    Copies: z.coerce.number().int().min(1),
    Exists: z.enum(['true', 'false']),
  })
  .transform(
    (given): WantedTopic => ({
      clusterArn: given.ClusterArn,
      name: given.TopicName,
      partitions: given.Partitions,
      copies: given.Copies,
      exists: given.Exists === 'true',
    }),
  )

/** What a deploy's request about the topic comes to; `physicalId` names the topic for CloudFormation. */
export interface TopicRequestAnswer {
  readonly physicalId: string
  readonly outcome: DeployAnswer
}

/** One name for ever: CloudFormation must never think that a topic was replaced and delete "the old one". */
const PHYSICAL_ID = 'span-topic'

/**
 * Answers CloudFormation's requests about the span topic. A Delete takes nothing away: the topic holds spans that nobody has
 * booked yet. Whatever goes wrong becomes a FAILED with its reason, so that a deploy never waits for an answer in vain.
 */
export function answerTopicRequest(createTopic: (wanted: WantedTopic) => Promise<unknown>) {
  return async (request: DeployRequest): Promise<TopicRequestAnswer> => {
    if (request.RequestType === 'Delete') return { physicalId: PHYSICAL_ID, outcome: { status: 'SUCCESS' } }
    return { physicalId: PHYSICAL_ID, outcome: await outcomeOf(createTopic, request) }
  }
}

async function outcomeOf(
  createTopic: (wanted: WantedTopic) => Promise<unknown>,
  request: DeployRequest,
): Promise<DeployAnswer> {
  try {
    await createTopic(propertiesSchema.parse(request.ResourceProperties))
    return { status: 'SUCCESS' }
  } catch (error) {
    if (isWayBack(error, request)) return { status: 'SUCCESS', warning: error.message }
    if (error instanceof TopicNotUsable) return { status: 'FAILED', reason: error.message }
    return {
      status: 'FAILED',
      reason: `the span topic could not be made: ${error instanceof Error ? error.message : error}`,
    }
  }
}

/**
 * A deploy that goes back after partitions were added asks for fewer than there are, and Kafka takes none away: to refuse it would
 * leave the stack where only its owner can free it. It reads all partitions whatever their number; `tollgate doctor` tells of it.
 */
function isWayBack(error: unknown, { RequestType, OldResourceProperties }: DeployRequest): error is OtherPartitions {
  if (RequestType !== 'Update' || !(error instanceof OtherPartitions)) return false
  return (
    propertiesSchema.safeParse(OldResourceProperties).data?.partitions === error.found && error.found > error.wanted
  )
}
