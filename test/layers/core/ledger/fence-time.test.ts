import { describe, expect, it } from 'vitest'
import { minuteCounter } from '../../../../layers/core/ledger/counters.ts'
import { ABSENT, planUpdate, type RecordCounters, type SeenRow } from '../../../../layers/core/ledger/plan-update.ts'
import { TopicRecreated } from '../../../../layers/core/ledger/recreated-topic.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

const START = Date.UTC(2026, 10, 23, 8, 30)

const record = (offset: number, minutes: number): RecordCounters => ({
  offset,
  timestampMs: (START + minutes * 60_000) as EpochMs,
  counters: new Map([[minuteCounter(0), 1n]]),
})

/** The row after batches, each of which it takes whole. */
function rowAfter(...batches: readonly (readonly RecordCounters[])[]): SeenRow {
  return batches.reduce((seen, batch) => planUpdate(seen, batch)?.after ?? seen, ABSENT)
}

describe('the time of a fence', () => {
  it('is that of the newest record, so that one of a clock that is ahead can come again behind later ones', () => {
    const ahead = record(5, 50)
    for (const row of [rowAfter([ahead, record(6, 0)]), rowAfter([ahead], [record(6, 0)])]) {
      expect(row.fence).toEqual({ offset: 6, timestampMs: ahead.timestampMs })
      expect(planUpdate(row, [ahead, record(6, 0)])).toBeUndefined()
      expect(planUpdate(row, [ahead, record(6, 0), record(7, 1)])?.fence.offset).toBe(7)
    }
  })

  it('is not set back by a record of a clock that is behind', () => {
    const row = rowAfter([record(5, 0), record(6, -120)])
    expect(planUpdate(row, [record(5, 0)])).toBeUndefined()
  })

  it('still tells a topic that was made anew', () => {
    expect(() => planUpdate(rowAfter([record(5, 0)]), [record(0, 6)])).toThrow(TopicRecreated)
  })
})
