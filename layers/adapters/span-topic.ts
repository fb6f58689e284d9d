import {
  CreateTopicCommand,
  DescribeClusterV2Command,
  DescribeTopicCommand,
  type KafkaClient,
  NotFoundException,
  TopicExistsException,
  UnknownTopicOrPartitionException,
} from '@aws-sdk/client-kafka'

/** A cluster as MSK's control plane knows it; no broker is asked. */
export interface ClusterStatus {
  readonly kind: 'provisioned' | 'serverless'
  /** MSK's own word: `ACTIVE`, `UPDATING`, `MAINTENANCE` ... */
  readonly state: string
}

/** A topic as MSK's topic operations tell it, up to a minute late (MSK developer guide, topic operations). */
export interface TopicStatus {
  readonly partitions: number
  /** `CREATING`, `UPDATING`, `DELETING` or `ACTIVE`. */
  readonly state: string
}

export interface TopicShape {
  readonly name: string
  readonly partitions: number
  /** Copies of each record on the cluster's brokers. */
  readonly copies: number
}

/** The topics of one MSK cluster. Provisioned clusters only, from Apache Kafka 3.6: all else throws what MSK answers. */
export interface SpanTopics {
  /** Undefined where the account and region have no such cluster. */
  describeCluster(): Promise<ClusterStatus | undefined>
  /** Undefined where the cluster has no such topic, or MSK does not show it yet. */
  describeTopic(name: string): Promise<TopicStatus | undefined>
  /** A topic of that name that exists already stays as it is. */
  createTopic(topic: TopicShape): Promise<'created' | 'exists'>
}

/** The topic operations of MSK's API on one cluster: HTTPS with IAM, whatever its Kafka clients sign in with. */
export const connectSpanTopics = (client: KafkaClient, clusterArn: string): SpanTopics => ({
  async describeCluster() {
    const answer = await unlessNotFound(client.send(new DescribeClusterV2Command({ ClusterArn: clusterArn })))
    if (answer === undefined) return undefined
    const { ClusterType, State } = answer.ClusterInfo ?? {}
    return { kind: ClusterType === 'SERVERLESS' ? 'serverless' : 'provisioned', state: State ?? 'UNKNOWN' }
  },
  async describeTopic(name) {
    const request = new DescribeTopicCommand({ ClusterArn: clusterArn, TopicName: name })
    const answer = await unlessNotFound(client.send(request))
    return answer && { partitions: answer.PartitionCount ?? 0, state: answer.Status ?? 'UNKNOWN' }
  },
  async createTopic({ name, partitions, copies }) {
    try {
      await client.send(
        new CreateTopicCommand({
          ClusterArn: clusterArn,
          TopicName: name,
          PartitionCount: partitions,
          ReplicationFactor: copies,
        }),
      )
      return 'created'
    } catch (error) {
      if (error instanceof TopicExistsException) return 'exists'
      throw error
    }
  },
})

async function unlessNotFound<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof NotFoundException || error instanceof UnknownTopicOrPartitionException) return undefined
    throw error
  }
}
