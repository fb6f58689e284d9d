import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectLedger, type LedgerTable } from '../../../layers/adapters/ledger-table.ts'
import {
  type CounterKey,
  minuteCounter,
  operationCounter,
  outcomeCounter,
  parkedCounter,
} from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { type ModelledTable, modelledTable } from './modelled-table.ts'

const START = Date.UTC(2026, 10, 23, 8) as EpochMs
const HOUR = hourOf(START)
const PLACE = ledgerRowPlace({ service: 'handed', hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' })
const ROW = `${PLACE.service}\n${PLACE.row}`

interface Spent {
  readonly operations: readonly number[]
  /** Ahead of the stream's clock: a producer's clock may be. */
  readonly aheadMs: number
  /** Operations whose usage waits for a price. */
  readonly parks: readonly number[]
}

function recordAt(offset: number, { operations, aheadMs, parks }: Spent): RecordCounters {
  const counters = new Map<CounterKey, bigint>([[minuteCounter(offset % 60), pack(BigInt(operations.length), 1n)]])
  for (const operation of operations) counters.set(operationCounter(`op ${operation}`), pack(1n, 1n))
  counters.set(outcomeCounter('booked'), BigInt(operations.length))
  const parked = parks.map((each) => [parkedCounter(`op ${each}`, 'rate/handed/*' as Sku), pack(7n, 1n)] as const)
  return {
    offset,
    timestampMs: (START + offset + aheadMs) as EpochMs,
    counters,
    ...(parks.length > 0 && { parked: new Map([[3, new Map(parked)]]) }),
  }
}

/** A table, its writers, and how often a write was refused. */
function writers(count: number) {
  const table = modelledTable()
  let refused = 0
  const client = (): DynamoDBClient =>
    table.clientThrough(async (_, apply) => {
      try {
        return apply()
      } catch (error) {
        refused += 1
        throw error
      }
    })
  const ledgers = Array.from({ length: count }, () => connectLedger(client(), 'ledger', 90))
  return { table, ledgers, refused: () => refused }
}

const book = (ledger: LedgerTable | undefined, records: readonly RecordCounters[]) =>
  (ledger as LedgerTable).bookRow(PLACE, records)

/** The row and its siblings without what only says how they were written. */
const contents = ({ items }: ModelledTable) => new Map([...items].filter(([name]) => !name.includes('\nd#')).sort())

const siblings = ({ items }: ModelledTable) => [...items.values()].filter(({ row }) => row?.S?.includes('#parked#'))

describe('containers that have a partition in turn', () => {
  it('are not refused when another had the batches between', async () => {
    const { table, ledgers, refused } = writers(3)
    const same = { operations: [1, 2], aheadMs: 0, parks: [] }
    for (let turn = 0; turn < 3; turn += 1) await book(ledgers[turn], [recordAt(turn, same)])
    const before = refused()
    for (let turn = 3; turn < 30; turn += 1) await book(ledgers[(turn * 2) % 3], [recordAt(turn, same)])
    expect(refused()).toBe(before)
    expect(table.items.get(ROW)).toMatchObject({ f: { N: '29' }, c: { N: '2' }, b: { N: '60' } })
  })

  it('are refused when the row has got a name since, and book it then', async () => {
    const { table, ledgers, refused } = writers(2)
    const [first, second] = ledgers
    await book(first, [recordAt(0, { operations: [1], aheadMs: 0, parks: [] })])
    await book(second, [recordAt(1, { operations: [2], aheadMs: 0, parks: [] })])
    const before = refused()
    await book(first, [recordAt(2, { operations: [1], aheadMs: 0, parks: [] })])
    expect(refused()).toBe(before + 1)
    expect(table.items.get(ROW)).toMatchObject({ f: { N: '2' }, b: { N: '3' }, c: { N: '2' } })
  })

  it('do not write over what a newer release has written, though nothing that they were planned by has changed', async () => {
    const { table, ledgers } = writers(1)
    const plain = { operations: [1], aheadMs: 0, parks: [] }
    await book(ledgers[0], [recordAt(0, plain)])
    const newer = { ...table.items.get(ROW), f: { N: '1' }, v: { N: '2' } }
    table.items.set(ROW, newer)
    await expect(book(ledgers[0], [recordAt(2, plain)])).rejects.toThrow('newer release')
    expect(table.items.get(ROW)).toEqual(newer)
  })

  it('bring what a crashed one has parked, before they book on', async () => {
    const { table, ledgers } = writers(1)
    const [stale] = ledgers
    const plain = { operations: [1], aheadMs: 0, parks: [] }
    await book(stale, [recordAt(0, plain)])
    const crashing = connectLedger(
      table.clientThrough(async ({ name, input }, apply) => {
        if (name === 'UpdateItem' && JSON.stringify(input.Key).includes('#parked#')) throw new Error('crashed')
        return apply()
      }),
      'ledger',
      90,
    )
    await expect(book(crashing, [recordAt(1, { ...plain, parks: [1] })])).rejects.toThrow('crashed')
    expect(siblings(table)).toHaveLength(0)
    // The row says what was parked, and so the batch counts as booked.
    await book(stale, [recordAt(2, plain)])
    expect(siblings(table)).toMatchObject([{ f: { N: '1' } }])
  })

  it('have room for the same parked names as one container alone', async () => {
    const names = (from: number) => Array.from({ length: 30 }, (_, i) => from + i)
    const turns = [
      [0, names(0)],
      [1, names(30)],
      [1, []],
      // Its first 30 names and these leave no room; the last ten have a place already, which the other container gave them.
      [0, [...names(60), ...names(30).slice(-10)]],
    ] as const
    const alone = writers(1)
    const many = writers(2)
    for (const [offset, [container, parks]] of turns.entries()) {
      const records = [recordAt(offset, { operations: [1], aheadMs: 0, parks })]
      await book(alone.ledgers[0], records)
      await book(many.ledgers[container], records)
    }
    expect(siblings(many.table)).toEqual(siblings(alone.table))
  })

  /** 90 names for 64 places: who comes first decides. */
  const manyNames = fc.uniqueArray(fc.nat(89), { minLength: 1, maxLength: 30 })
  const fewNames = fc.uniqueArray(fc.nat(1), { minLength: 1 })
  const none = fc.constant([])

  it.each([
    ['names', { operations: manyNames, parks: none, aheadMs: fc.constant(0) }],
    ['parked names', { operations: fewNames, parks: fc.oneof(manyNames, none), aheadMs: fc.constant(0) }],
    ['clocks', { operations: fewNames, parks: none, aheadMs: fc.constantFrom(0, 0, 0, 3_600_000) }],
  ])('leave what one container alone leaves, whoever has which batch, and has it again: %s', async (_, spent) => {
    const turn = fc.record({
      container: fc.nat(2),
      batch: fc.array(fc.record<Spent>(spent), { minLength: 1, maxLength: 3 }),
      again: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 2, maxLength: 12 }), async (turns) => {
        const alone = writers(1)
        const many = writers(3)
        let offset = 0
        for (const { container, batch, again } of turns) {
          const records = batch.map((one, place) => recordAt(offset + place, one))
          offset += batch.length
          await book(alone.ledgers[0], records)
          await book(many.ledgers[container], records)
          if (again) await book(many.ledgers[(container + 1) % 3], records)
        }
        // What the last update parks is brought to its sibling by whoever comes next.
        const last = recordAt(offset, { operations: [1], aheadMs: 0, parks: [] })
        await book(alone.ledgers[0], [last])
        await book(many.ledgers[0], [last])
        expect(contents(many.table)).toEqual(contents(alone.table))
      }),
      { numRuns: 60 },
    )
  })
})
