import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2'
import type { Construct, IDependable } from 'constructs'
import { type Configuration, zoneCount } from '../layers/core/configuration.ts'
import { KAFKA_PORTS } from './kafka.ts'
import { SpanCluster } from './span-cluster.ts'

/** The topic that carries the spans, and what a consumer must know to read it. */
export interface SpanTopic {
  readonly name: string
  readonly clusterArn: string
  readonly partitions: number
  /** Copies of each record on the cluster's brokers. */
  readonly copies: number
  /** True: its owner made it; a deploy only checks it. */
  readonly exists: boolean
  readonly authentication: Configuration['topic']['authentication']
  /** The Kafka consumer group that reads it. */
  readonly consumerGroup: string
  /** What the stack makes for it: the cluster, or rules of somebody's own. */
  readonly made: readonly IDependable[]
  /** The cluster that was made for it; undefined where the configuration brought one. */
  readonly madeCluster: SpanCluster | undefined
}

/** Brings the configuration's cluster or makes one. The topic on it is made by the code stack (topic-operations.ts). */
export function spanTopic(scope: Construct, { name, topic }: Pick<Configuration, 'name' | 'topic'>): SpanTopic {
  const settings = { ...topic, consumerGroup: topic.consumerGroup ?? `${name}-attribute-spans` }
  return topic.clusterArn === undefined
    ? onNewCluster(scope, name, settings)
    : onOwnCluster(scope, topic.clusterArn, settings)
}

type TopicSettings = Configuration['topic'] & Pick<SpanTopic, 'consumerGroup'>

function onNewCluster(scope: Construct, name: string, topic: TopicSettings): SpanTopic {
  const cluster = new SpanCluster(scope, 'SpanCluster', { name, ...topic.newCluster })
  return {
    ...topic,
    exists: false,
    copies: zoneCount(topic.newCluster.zones),
    clusterArn: cluster.clusterArn,
    authentication: { kind: 'iam' },
    made: [cluster.brokers],
    madeCluster: cluster,
  }
}

function onOwnCluster(scope: Construct, clusterArn: string, topic: TopicSettings): SpanTopic {
  const made = openToMembers(scope, topic.openSecurityGroups, KAFKA_PORTS[topic.authentication.kind])
  return { ...topic, clusterArn, made, madeCluster: undefined }
}

/** Lambda's pollers join the cluster's own security groups, which must admit their members (Lambda guide, with-msk). */
function openToMembers(scope: Construct, groups: readonly string[], port: number): readonly IDependable[] {
  return groups.map(
    (group) =>
      new CfnSecurityGroupIngress(scope, `Pollers ${group}`, {
        groupId: group,
        sourceSecurityGroupId: group,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description: 'Tollgate: pollers of the span topic',
      }),
  )
}
