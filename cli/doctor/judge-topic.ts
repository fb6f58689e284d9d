import type { ClusterStatus, TopicStatus } from '../../layers/adapters/span-topic.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

export interface FoundTopic {
  readonly name: string
  /** As the configuration has it. */
  readonly wanted: number
  readonly cluster: ClusterStatus | undefined
  readonly topic: TopicStatus | undefined
}

const PART = 'topic'
const REDEPLOY = 'deploy again: "npx cdk deploy --all" makes it'

/** Is the topic there, with the partitions that the configuration names? */
export function judgeTopic({ name, wanted, cluster, topic }: FoundTopic): Finding {
  if (cluster === undefined) return fail(PART, 'there is no such cluster', 'check topic.clusterArn in cdk.json')
  if (cluster.kind === 'serverless') {
    return warn(
      PART,
      'MSK Serverless does not show its topics',
      `see that ${name} has ${wanted} partitions by a client`,
    )
  }
  if (topic === undefined) return fail(PART, `the cluster has no topic ${name}`, REDEPLOY)
  if (topic.partitions !== wanted) {
    const advice = `write "partitions": ${topic.partitions} in cdk.json under topic, and deploy again`
    return fail(PART, `${name} has ${topic.partitions} partitions, the configuration says ${wanted}`, advice)
  }
  const found = `${name}, ${topic.partitions} partitions`
  return cluster.state === 'ACTIVE'
    ? ok(PART, found)
    : warn(PART, `${found}; the cluster is ${cluster.state}`, 'wait until MSK has finished')
}
