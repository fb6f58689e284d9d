import type { RecordsBatch } from '@platformatic/kafka'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { ConsumedRecord } from '../log/record.ts'

/** What a fetch brought of one partition. */
export interface FetchedRecords {
  readonly records: readonly ConsumedRecord[]
  /** Where the next fetch begins: behind the batches, also where these hold fewer records than offsets, or none. */
  readonly nextOffset: number
}

/** Attributes of a batch (Kafka protocol, message format 2): bit 3, timestamps are the broker's; bit 5, markers. */
const LOG_APPEND_TIME = 1 << 3
const CONTROL = 1 << 5

const NOTHING = Buffer.alloc(0)

/**
 * The records of a partition's batches from `fromOffset` on. A fetch begins at a batch, which may begin before that.
 * The markers of transactions take offsets and are no records; compaction leaves gaps.
 */
export function readBatches(batches: readonly RecordsBatch[], partition: number, fromOffset: number): FetchedRecords {
  const records: ConsumedRecord[] = []
  let nextOffset = fromOffset
  for (const batch of batches) {
    const firstOffset = Number(batch.firstOffset)
    nextOffset = Math.max(nextOffset, firstOffset + batch.lastOffsetDelta + 1)
    if (batch.attributes & CONTROL) continue
    for (const { offsetDelta, timestampDelta, key, value, headers } of batch.records) {
      const offset = firstOffset + offsetDelta
      if (offset < fromOffset) continue
      const timestamp = batch.attributes & LOG_APPEND_TIME ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta
      records.push({
        ...{ partition, offset, timestampMs: Number(timestamp) as EpochMs },
        headers: headers.map(([name, content]) => [(name ?? NOTHING).toString(), content ?? NOTHING]),
        ...(key === null || key === undefined ? {} : { key }),
        ...(value === null || value === undefined ? {} : { value }),
      })
    }
  }
  return { records, nextOffset }
}
