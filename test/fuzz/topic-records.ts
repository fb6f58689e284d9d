import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Consumer, ListOffsetTimestamps } from '@platformatic/kafka'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** One record of the topic, as Kafka has it. */
export interface TopicRecord {
  readonly partition: number
  readonly offset: number
  readonly timestampMs: EpochMs
  /** As it was before its producer packed it. Undefined: a tombstone. */
  readonly value: Buffer | undefined
}

/** All records of a topic that nobody writes to any more, read with the client's own stream. */
export async function readTopicRecords(brokers: string, topic: string): Promise<readonly TopicRecord[]> {
  const consumer = new Consumer({
    ...{ clientId: 'tollgate-straight-sum', groupId: randomUUID(), bootstrapBrokers: [brokers] },
  })
  try {
    const ends =
      (await consumer.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })).get(topic) ?? []
    const left = new Map(ends.map((end, partition) => [partition, Number(end)] as const).filter(([, end]) => end > 0))
    const records: TopicRecord[] = []
    if (left.size === 0) return records
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, maxWaitTime: 100 })
    for await (const { partition, offset, timestamp, value } of stream) {
      records.push({
        ...{ partition, offset: Number(offset), timestampMs: Number(timestamp) as EpochMs },
        value: value === null || value === undefined ? undefined : asProduced(value),
      })
      if (Number(offset) + 1 >= (left.get(partition) ?? 0)) left.delete(partition)
      if (left.size === 0) break
    }
    await stream.close()
    return records
  } finally {
    await consumer.close(true)
  }
}

/** The producers of the run pack with gzip only. */
const asProduced = (value: Buffer): Buffer => (value[0] === 0x1f && value[1] === 0x8b ? gunzipSync(value) : value)
