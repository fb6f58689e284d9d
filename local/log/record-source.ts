import type { ConsumedRecord } from './record.ts'

/** Which cluster an event says that it comes from; the shard of a ledger row is a hash of it, topic and partition. */
export type KafkaCluster =
  | { readonly eventSource: 'aws:kafka'; readonly eventSourceArn: string; readonly bootstrapServers: string }
  | { readonly eventSource: 'SelfManagedKafka'; readonly bootstrapServers: string }

/** A topic of a Kafka cluster as one consumer of a group sees it: what an event-source mapping reads. */
export interface RecordSource {
  readonly cluster: KafkaCluster
  readonly topic: string
  readonly partitions: number
  /** The records of a partition from `offset` on, at most so many. Offsets may have gaps. */
  read(partition: number, offset: number, maxRecords: number): readonly ConsumedRecord[]
  /** Behind the last record that `read` can give; `committed`, where there is none or the partition is another's. */
  endOffset(partition: number): number
  /** The offset of the first record that the consumer has not finished with. */
  committed(partition: number): number
  /** The consumer has finished with everything before these offsets. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
  /** Calls the listener whenever there is more to read. */
  onAppend(listener: () => void): void
}
