import { describe, expect, it } from 'vitest'
import { driverHours, driversOf } from '../../../../layers/core/alerts/drivers.ts'
import type { LedgerRow } from '../../../../layers/core/ledger/row.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { type EpochMs, firstMinuteOf, type Hour, type Minute } from '../../../../layers/core/time/instants.ts'

const HOUR = 498_728 as Hour

interface Spent {
  readonly hour?: Hour
  readonly shard?: string
  readonly minutes: Readonly<Record<number, bigint>>
  readonly operations?: Readonly<Record<string, bigint>>
}

const row = (commit: string, { hour = HOUR, shard = 'k.0', minutes, operations = {} }: Spent): LedgerRow => ({
  service: 'prod/cart',
  hour,
  commit,
  shard,
  fence: { offset: 1, timestampMs: 0 as EpochMs },
  minutes: Object.entries(minutes).map(([minute, cost]) => ({
    minute: Number(minute),
    cost: cost as Picodollars,
    entryRequests: 1,
  })),
  operations: Object.entries(operations).map(([operation, cost]) => ({
    operation,
    cost: cost as Picodollars,
    spans: 1,
  })),
  usage: [],
  outcomes: [],
})
const minute = (of: number): Minute => (firstMinuteOf(HOUR) + of) as Minute

describe('the drivers of spend', () => {
  it('are the commit of the last ten minutes, not that of the hour, and its dearest operation', () => {
    const rows = [
      row('old', { minutes: { 5: 9_000n, 38: 25n }, operations: { 'GET /a': 9_025n } }),
      row('new', { minutes: { 35: 30n, 40: 15n }, operations: { 'GET /a': 9n, 'POST /b': 36n } }),
      row('new', { shard: 'k.1', minutes: { 40: 30n }, operations: { 'POST /b': 30n } }),
    ]
    expect(driversOf(rows, minute(40))).toEqual({
      commit: 'new',
      commitShare: 0.75,
      operation: 'POST /b',
      operationShare: 0.88,
    })
  })

  it('reach back into the hour before, and no further than ten minutes', () => {
    expect(driverHours(minute(8))).toEqual([HOUR - 1, HOUR])
    expect(driverHours(minute(9))).toEqual([HOUR])
    const before = (HOUR - 1) as Hour
    const rows = [row('a', { hour: before, minutes: { 55: 5n, 50: 1_000n } }), row('b', { minutes: { 2: 3n } })]
    expect(driversOf(rows, minute(3))).toMatchObject({ commit: 'a', commitShare: 0.62 })
  })

  it('do not exist where nothing was spent', () => {
    expect(driversOf([], minute(3))).toBeUndefined()
    expect(driversOf([row('a', { minutes: { 1: 0n } })], minute(3))).toBeUndefined()
  })

  it('name a commit whose operations cost nothing, without an operation', () => {
    expect(driversOf([row('a', { minutes: { 1: 5n } })], minute(3))).toEqual({
      commit: 'a',
      commitShare: 1,
      operation: undefined,
      operationShare: 0,
    })
  })

  it('are the same in whatever order rows are read', () => {
    const rows = [row('a', { minutes: { 1: 5n } }), row('b', { minutes: { 1: 5n } })]
    expect(driversOf([...rows].reverse(), minute(3))).toEqual(driversOf(rows, minute(3)))
  })
})
