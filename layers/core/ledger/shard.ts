import { shortHash } from '../identity/hash.ts'

/** What makes the offsets of a partition comparable: change `epoch` when a topic is made anew. */
export interface TopicIdentity {
  /** ARN of the MSK cluster, or the bootstrap servers of a self-managed one. */
  readonly cluster: string
  readonly topic: string
  readonly epoch: string
}

/** `k3f9.3`: one partition of one topic of one cluster. */
export function shardOf(identity: TopicIdentity, partition: number): string {
  return `${shortHash(`${identity.cluster}\n${identity.topic}\n${identity.epoch}`, 4)}.${partition}`
}
