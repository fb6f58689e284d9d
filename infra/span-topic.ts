import { RemovalPolicy } from 'aws-cdk-lib'
import { CfnSecurityGroupIngress } from 'aws-cdk-lib/aws-ec2'
import { CfnTopic } from 'aws-cdk-lib/aws-msk'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import { KAFKA_PORTS } from './kafka.ts'
import { SpanCluster } from './span-cluster.ts'

/** The topic that carries the spans, and what a consumer must know to read it. */
export interface SpanTopic {
  readonly name: string
  readonly clusterArn: string
  readonly partitions: number
  readonly authentication: Configuration['topic']['authentication']
  /** The cluster that was made for it; undefined where the configuration brought one. */
  readonly madeCluster: SpanCluster | undefined
}

/** Brings the configuration's cluster or makes one, and makes the topic on it unless it exists. */
export function spanTopic(scope: Construct, { name, topic }: Pick<Configuration, 'name' | 'topic'>): SpanTopic {
  return topic.clusterArn === undefined
    ? onNewCluster(scope, name, topic)
    : onOwnCluster(scope, topic.clusterArn, topic)
}

type TopicSettings = Configuration['topic']

function onNewCluster(scope: Construct, name: string, topic: TopicSettings): SpanTopic {
  const cluster = new SpanCluster(scope, 'SpanCluster', { name, ...topic.newCluster })
  makeTopic(scope, cluster.clusterArn, { ...topic, copies: topic.newCluster.zones })
  return { ...topic, clusterArn: cluster.clusterArn, authentication: { kind: 'iam' }, madeCluster: cluster }
}

function onOwnCluster(scope: Construct, clusterArn: string, topic: TopicSettings): SpanTopic {
  openToMembers(scope, topic.openSecurityGroups, KAFKA_PORTS[topic.authentication.kind])
  if (!topic.exists) makeTopic(scope, clusterArn, topic)
  return { ...topic, clusterArn, madeCluster: undefined }
}

/** The topic holds spans that nobody has booked yet: it stays when its stack goes. */
function makeTopic(scope: Construct, clusterArn: string, topic: TopicSettings): void {
  new CfnTopic(scope, 'SpanTopic', {
    clusterArn,
    topicName: topic.name,
    partitionCount: topic.partitions,
    replicationFactor: topic.copies,
  }).applyRemovalPolicy(RemovalPolicy.RETAIN)
}

/** Lambda's pollers join the cluster's own security groups, which must admit their members (Lambda guide, with-msk). */
function openToMembers(scope: Construct, groups: readonly string[], port: number): void {
  for (const group of groups) {
    new CfnSecurityGroupIngress(scope, `Pollers ${group}`, {
      groupId: group,
      sourceSecurityGroupId: group,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      description: 'Tollgate: pollers of the span topic',
    })
  }
}
