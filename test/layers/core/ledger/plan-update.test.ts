import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CounterKey,
  isNamed,
  MAX_OPERATIONS,
  minuteCounter,
  operationCounter,
} from '../../../../layers/core/ledger/counters.ts'
import {
  ABSENT,
  MAX_COUNTERS_PER_UPDATE,
  planUpdate,
  type RecordCounters,
  type SeenRow,
} from '../../../../layers/core/ledger/plan-update.ts'
import { TopicRecreated } from '../../../../layers/core/ledger/recreated-topic.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

const START = Date.UTC(2026, 10, 23, 8) as EpochMs

/** A row as a plain map, written by the plan alone: what DynamoDB holds after the conditional updates. */
interface Row {
  seen: SeenRow
  counters: Map<CounterKey, bigint>
}

const emptyRow = (): Row => ({ seen: ABSENT, counters: new Map() })

function deliver(row: Row, records: readonly RecordCounters[]): void {
  let rest = records
  for (;;) {
    const update = planUpdate(row.seen, rest)
    if (update === undefined) return
    for (const [key, amount] of update.counters) row.counters.set(key, (row.counters.get(key) ?? 0n) + amount)
    row.seen = update.after
    rest = update.rest
  }
}

const counters = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 150 }), fc.bigInt(0n, 10n ** 20n)), {
    maxLength: 30,
  })
  .map((entries) => {
    const map = new Map<CounterKey, bigint>()
    for (const [minute, operation, amount] of entries) {
      map.set(minuteCounter(minute), (map.get(minuteCounter(minute)) ?? 0n) + amount)
      const key = operationCounter(`op ${operation}`)
      map.set(key, (map.get(key) ?? 0n) + amount)
    }
    return map
  })

/** Ascending offsets with gaps, as compaction and transaction markers leave them. */
const stream = fc
  .array(fc.tuple(counters, fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 25 })
  .map((list) => {
    let offset = 0
    return list.map(([map, gap], index): RecordCounters => {
      offset += gap
      return { offset, timestampMs: (START + index * 1000) as EpochMs, counters: map }
    })
  })

describe('a row', () => {
  it('ends with the same digits however the stream is cut, repeated and overlapped', () => {
    const slices = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 })
    fc.assert(
      fc.property(stream, slices, (records, cuts) => {
        const straight = emptyRow()
        deliver(straight, records)
        const faulty = emptyRow()
        let upTo = 0
        for (const [from, size] of cuts) {
          const first = from % (upTo + 1)
          const last = Math.min(records.length, first + (size % records.length) + 1)
          deliver(faulty, records.slice(first, last))
          upTo = Math.max(upTo, last)
        }
        deliver(faulty, records.slice(upTo))
        deliver(faulty, records)
        expect(faulty).toEqual(straight)
      }),
    )
  })

  it('holds every picodollar that its records hold, the capped operations included', () => {
    fc.assert(
      fc.property(stream, (records) => {
        const row = emptyRow()
        deliver(row, records)
        const total = (map: ReadonlyMap<CounterKey, bigint>, prefix: string): bigint =>
          [...map].reduce((sum, [key, amount]) => (key.startsWith(prefix) ? sum + amount : sum), 0n)
        const given = (prefix: string): bigint =>
          records.reduce((sum, record) => sum + total(record.counters, prefix), 0n)
        expect(total(row.counters, 'o:')).toBe(given('o:'))
        expect(total(row.counters, 'm')).toBe(given('m'))
      }),
    )
  })

  it('names at most 64 operations, the rest together under *', () => {
    const record = (offset: number, from: number): RecordCounters => ({
      offset,
      timestampMs: START,
      counters: new Map(Array.from({ length: 50 }, (_, i) => [operationCounter(`op ${from + i}`), 1n])),
    })
    const row = emptyRow()
    deliver(row, [record(1, 0), record(2, 50), record(3, 0)])
    expect([...row.seen.named].filter(isNamed)).toHaveLength(MAX_OPERATIONS)
    expect(row.counters.get(operationCounter('*'))).toBe(37n)
    expect(row.counters.get(operationCounter('op 0'))).toBe(2n)
  })

  it('cuts an update at a record before it holds too many counters, and never one record in two', () => {
    const record = (offset: number): RecordCounters => ({
      offset,
      timestampMs: START,
      counters: new Map(Array.from({ length: 90 }, (_, i) => [`s:sku ${offset}-${i}` as CounterKey, 1n])),
    })
    const update = planUpdate(ABSENT, [record(1), record(2), record(3)])
    expect(update?.counters.size).toBeLessThanOrEqual(MAX_COUNTERS_PER_UPDATE)
    expect(update?.fence.offset).toBeGreaterThanOrEqual(1)
    expect(update?.rest.map(({ offset }) => offset)).toEqual(
      [1, 2, 3].filter((offset) => offset > (update?.fence.offset ?? 0)),
    )
  })

  it('takes nothing at or below its fence, and says so loudly when the topic was made anew', () => {
    const record = (offset: number, minutesLater: number): RecordCounters => ({
      offset,
      timestampMs: (START + minutesLater * 60_000) as EpochMs,
      counters: new Map([[minuteCounter(0), 1n]]),
    })
    const row = emptyRow()
    deliver(row, [record(100, 0)])
    expect(planUpdate(row.seen, [record(99, 4)])).toBeUndefined()
    expect(() => planUpdate(row.seen, [record(0, 6)])).toThrow(TopicRecreated)
    expect(() => planUpdate(row.seen, [record(0, 6)])).toThrow('Set topic.epoch in the configuration')
  })
})
