import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { openPartitionBuffer } from '../../../local/kafka/partition-buffer.ts'
import type { ConsumedRecord } from '../../../local/log/record.ts'

const record = (offset: number, bytes = 1): ConsumedRecord => ({
  ...{ partition: 3, offset, timestampMs: 1_795_000_000_000 as EpochMs, headers: [] },
  value: new Uint8Array(bytes),
})

const fetched = (offsets: readonly number[], nextOffset: number) => ({
  records: offsets.map((offset) => record(offset)),
  nextOffset,
})

describe('the buffer of a partition', () => {
  it('has finished with what takes an offset and is no record', () => {
    const buffer = openPartitionBuffer(3, 10)
    buffer.add(fetched([], 12))
    expect([buffer.committed(), buffer.position()]).toEqual([12, 12])
    buffer.add(fetched([14, 15, 18], 20))
    expect([buffer.committed(), buffer.position()]).toEqual([14, 20])
    expect([buffer.resumeAt(16), buffer.resumeAt(19)]).toEqual([18, 20])
    buffer.commit(16)
    expect(buffer.committed()).toBe(18)
    expect(buffer.read(0, 10)).toEqual([record(18)])
  })

  it('goes on behind what was finished, where the records of it are gone', () => {
    const buffer = openPartitionBuffer(3, 10)
    buffer.commit(15)
    expect([buffer.committed(), buffer.position(), buffer.resumeAt(15)]).toEqual([15, 15, 15])
  })

  it('is full from 6 MB on, until enough of it is finished with', () => {
    const buffer = openPartitionBuffer(3, 0)
    buffer.add({ records: [record(0, 3_000_000), record(1, 2_999_999)], nextOffset: 2 })
    expect(buffer.isFull()).toBe(false)
    buffer.add({ records: [record(2)], nextOffset: 3 })
    expect(buffer.isFull()).toBe(true)
    buffer.commit(1)
    expect(buffer.isFull()).toBe(false)
    buffer.add({ records: [record(3, 6_000_000)], nextOffset: 4 })
    buffer.seek(0)
    expect([buffer.isFull(), buffer.position(), buffer.committed()]).toEqual([false, 0, 0])
  })

  it('gives every record, in order, however it is filled, read and finished with', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 60 })
    const steps = fc.array(fc.record({ add: fc.nat(8), take: fc.nat(8), keep: fc.nat(8) }), { maxLength: 30 })
    fc.assert(
      fc.property(gaps, steps, (gapsBefore, plan) => {
        let offset = 0
        const offsets = gapsBefore.map((gap) => {
          offset += gap
          return offset
        })
        const buffer = openPartitionBuffer(3, 0)
        const done: number[] = []
        let added = 0
        for (const { add, take, keep } of [...plan, { add: offsets.length, take: offsets.length, keep: 0 }]) {
          const next = offsets.slice(added, added + add)
          added += next.length
          buffer.add(fetched(next, offsets[added] ?? offset + 1))
          const batch = buffer.read(buffer.committed(), take)
          const finished = batch.slice(0, Math.max(0, batch.length - keep))
          done.push(...finished.map((one) => one.offset))
          if (finished.length > 0) buffer.commit((finished.at(-1)?.offset ?? 0) + 1)
        }
        expect(done).toEqual(offsets)
        expect(buffer.committed()).toBe(offset + 1)
      }),
    )
  })
})
