import type { RecordsBatch } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { readBatches } from '../../../local/kafka/fetched-records.ts'

const FIRST_MS = 1_795_000_000_000n
const LAST_MS = 1_795_000_009_000n

/** A batch from `firstOffset` to `firstOffset + lastOffsetDelta` that holds the records of these deltas. */
function batch(firstOffset: number, lastOffsetDelta: number, deltas: readonly number[], attributes = 0): RecordsBatch {
  return {
    ...{
      firstOffset: BigInt(firstOffset),
      lastOffsetDelta,
      attributes,
      firstTimestamp: FIRST_MS,
      maxTimestamp: LAST_MS,
    },
    ...{ length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0, producerId: -1n, producerEpoch: -1, firstSequence: -1 },
    records: deltas.map((offsetDelta) => ({
      ...{ length: 0, attributes: 0, offsetDelta, timestampDelta: BigInt(offsetDelta) },
      ...{ key: null, value: Buffer.from('spans'), headers: [] },
    })),
  }
}

const read = (batches: readonly RecordsBatch[], from: number) => {
  const { records, nextOffset } = readBatches(batches, 3, from)
  return { offsets: records.map(({ offset }) => offset), nextOffset }
}

describe('the records of a fetch', () => {
  it.each<[string, RecordsBatch[], number, number[], number]>([
    ['nothing where nothing came', [], 7, [], 7],
    ['none before the offset that was asked for', [batch(5, 3, [0, 1, 2, 3])], 7, [7, 8], 9],
    ['what compaction has left', [batch(5, 9, [2, 8])], 5, [7, 13], 15],
    ['no marker of a transaction', [batch(5, 0, [0]), batch(6, 0, [0], 1 << 5)], 5, [5], 7],
    ['the end of a batch that compaction has emptied', [batch(5, 4, [])], 5, [], 10],
  ])('are %s', (_, batches, from, offsets, nextOffset) => {
    expect(read(batches, from)).toEqual({ offsets, nextOffset })
  })

  it('carry the producer`s time, or the broker`s where the topic says so', () => {
    expect(readBatches([batch(0, 1, [1])], 3, 0).records[0]?.timestampMs).toBe(Number(FIRST_MS) + 1)
    expect(readBatches([batch(0, 1, [1], 1 << 3)], 3, 0).records[0]?.timestampMs).toBe(Number(LAST_MS))
  })
})
