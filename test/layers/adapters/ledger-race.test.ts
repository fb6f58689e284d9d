import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import {
  type CounterKey,
  MAX_OPERATIONS,
  minuteCounter,
  operationCounter,
  outcomeCounter,
} from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { type ModelledTable, modelledTable } from './modelled-table.ts'

const START = Date.UTC(2026, 10, 23, 8) as EpochMs
const HOUR = hourOf(START)
const PLACE = ledgerRowPlace({ service: 'raced', hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' })

/** Offsets with gaps; record `index` costs 10^index, so that a sum says which records are in it, and how often. */
function stream(length: number, operation: (index: number) => string): RecordCounters[] {
  return Array.from({ length }, (_, index) => {
    const cost = 10n ** BigInt(index)
    const counters = new Map<CounterKey, bigint>([
      [minuteCounter(index % 60), pack(cost, 1n)],
      [operationCounter(operation(index)), pack(cost, 1n)],
      [outcomeCounter('booked'), 1n],
    ])
    return { offset: 7 + 3 * index, timestampMs: (START + index) as EpochMs, counters }
  })
}

/** What the network does to one request: nothing; its answer is lost and the write is there; it never arrives. */
type Fault = 'none' | 'answer lost' | 'request lost'

class Unreachable extends Error {}

/**
 * One consumer: starts cold, delivers the stream from its beginning in batches of `cut` records, has a batch again until it is
 * done. Each request and each answer waits for its turn, so others come between a read, its write and its answer.
 */
async function consume(
  table: ModelledTable,
  scheduler: fc.Scheduler,
  name: string,
  records: readonly RecordCounters[],
  cut: number,
  faults: Fault[],
): Promise<void> {
  const client = table.clientThrough(async ({ name: request }, apply) => {
    const fault = faults.shift() ?? 'none'
    await scheduler.schedule(Promise.resolve(), `${name} ${request}`)
    if (fault === 'request lost') throw new Unreachable()
    const answered = settled(apply)
    await scheduler.schedule(Promise.resolve(), `${name} has its answer`)
    if (fault === 'answer lost') throw new Unreachable()
    return answered()
  })
  let ledger = connectLedger(client, 'ledger', 90)
  for (let from = 0; from < records.length; ) {
    try {
      await ledger.bookRow(PLACE, records.slice(from, from + cut))
      from += cut
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      // The function may crash there, and another start cold with the same batch.
      ledger = connectLedger(client, 'ledger', 90)
    }
  }
}

/** Runs now, tells later. */
function settled(apply: () => object): () => object {
  try {
    const result = apply()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function stored(table: ModelledTable) {
  const reader = connectLedger(
    table.clientThrough(async (_, apply) => apply()),
    'ledger',
    90,
  )
  const { rows } = await reader.readHours('raced', [HOUR])
  expect(rows).toHaveLength(1)
  return rows[0]
}

const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>('none') },
    { weight: 1, arbitrary: fc.constant<Fault>('answer lost') },
    { weight: 1, arbitrary: fc.constant<Fault>('request lost') },
  ),
  { maxLength: 20 },
)
const cut = fc.integer({ min: 1, max: 7 })

const onceEach = (records: readonly RecordCounters[]): bigint =>
  records.reduce((sum, _, index) => sum + 10n ** BigInt(index), 0n)

describe('two writers on one row', () => {
  it('book each record once, in whatever order their reads, writes, refusals and answers come', async () => {
    const records = stream(7, (index) => `op ${index % 3}`)
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), cut, cut, faults, faults, async (scheduler, cutA, cutB, faultsA, faultsB) => {
        const table = modelledTable()
        const both = Promise.all([
          consume(table, scheduler, 'A', records, cutA, [...faultsA]),
          consume(table, scheduler, 'B', records, cutB, [...faultsB]),
        ])
        await scheduler.waitFor(both)
        const row = await stored(table)
        expect(row?.minutes.reduce((sum, { cost }) => sum + cost, 0n)).toBe(onceEach(records))
        expect(row?.operations.reduce((sum, { cost }) => sum + cost, 0n)).toBe(onceEach(records))
        expect(row?.outcomes).toEqual([{ outcome: 'booked', spans: records.length }])
        expect(row?.fence).toEqual({ offset: 25, timestampMs: START + 6 })
      }),
      { numRuns: 300 },
    )
  })

  it('agree on which operations the row has room for, as one writer alone would', async () => {
    const records = Array.from({ length: 5 }, (_, index) => ({
      offset: index,
      timestampMs: START,
      counters: new Map(
        Array.from({ length: 20 }, (_, i) => [operationCounter(`op ${index * 15 + i}`), pack(1n, 1n)] as const),
      ),
    }))
    const alone = modelledTable()
    await connectLedger(
      alone.clientThrough(async (_, apply) => apply()),
      'ledger',
      90,
    ).bookRow(PLACE, records)
    const expected = await stored(alone)
    expect(expected?.operations).toHaveLength(MAX_OPERATIONS)
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), cut, cut, faults, async (scheduler, cutA, cutB, faultsB) => {
        const table = modelledTable()
        const both = Promise.all([
          consume(table, scheduler, 'A', records, cutA, []),
          consume(table, scheduler, 'B', records, cutB, [...faultsB]),
        ])
        await scheduler.waitFor(both)
        const row = await stored(table)
        expect(new Set(row?.operations)).toEqual(new Set(expected?.operations))
      }),
      { numRuns: 40 },
    )
  })

  it('would count twice without the condition on the fence, and these races would show it', async () => {
    const records = stream(4, () => 'op')
    const unconditional = fc.asyncProperty(fc.scheduler(), cut, cut, async (scheduler, cutA, cutB) => {
      const table = modelledTable({ conditions: false })
      const both = Promise.all([
        consume(table, scheduler, 'A', records, cutA, []),
        consume(table, scheduler, 'B', records, cutB, []),
      ])
      await scheduler.waitFor(both)
      const row = await stored(table)
      expect(row?.operations.reduce((sum, { cost }) => sum + cost, 0n)).toBe(onceEach(records))
    })
    expect((await fc.check(unconditional, { numRuns: 50 })).failed).toBe(true)
  })
})
