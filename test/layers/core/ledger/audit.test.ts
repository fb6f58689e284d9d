import { describe, expect, it } from 'vitest'
import { auditLedger, recordsSince } from '../../../../layers/core/ledger/audit.ts'
import type { LedgerRow } from '../../../../layers/core/ledger/row.ts'
import type { TopicSums } from '../../../../layers/core/ledger/topic-sums.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { type EpochMs, type Hour, hourOf } from '../../../../layers/core/time/instants.ts'

const HOUR = hourOf(Date.UTC(2026, 10, 23, 8) as EpochMs)

/** A row of five booked, two parked and one uncharged span; `apart`: picodollars that its operations lack. */
const row = (apart = 0n, hour = HOUR): LedgerRow => ({
  ...{ service: 'a', hour, commit: 'c', shard: 'k3f9.0', fence: { offset: 1, timestampMs: 1 as EpochMs } },
  minutes: [{ minute: 7, cost: 100n as Picodollars, entryRequests: 5 }],
  operations: [{ operation: 'GET /x', cost: (100n - apart) as Picodollars, spans: 5 }],
  usage: [],
  outcomes: [
    { outcome: 'booked', spans: 5 },
    { outcome: 'parked', spans: 2 },
    { outcome: 'unmetered:x', spans: 1 },
  ],
})

const topic = (spans: number, changes: Partial<TopicSums> = {}): TopicSums => ({
  ...{ records: 1, spans: spans + 3, dead: 3, diedAgain: 0, copies: 0, isWhole: true },
  counted: [{ service: 'a', hour: HOUR, spans }],
  ...changes,
})

const violated = (rows: readonly LedgerRow[], audited?: Parameters<typeof auditLedger>[2]) =>
  auditLedger(rows, [HOUR], audited, 10).violations.map(({ identity }) => identity)

describe('an audit', () => {
  it('finds nothing where every span has an outcome and every cost a minute and an operation', () => {
    const least = topic(16)
    const report = auditLedger([row(), row()], [HOUR], { least, most: least, inLetters: 3 }, 10)
    expect(report.violations).toEqual([])
    expect(report.spans).toEqual({ booked: 10, parked: 4, uncharged: 2 })
    expect(report.lines).toEqual([
      {
        ...{ service: 'a', hour: '2026-11-23T08', booked: 10, parked: 4, uncharged: 2, inTopic: 16 },
        usdByMinute: '0.0000000002',
        usdByOperation: '0.0000000002',
      },
    ])
  })

  it('names the hour whose minutes and operations differ, also where two rows differ by as much', () => {
    expect(violated([row(1n)])).toEqual(['money'])
    expect(violated([row(1n), row(-1n)])).toEqual(['money'])
    const [violation] = auditLedger([row(1n)], [HOUR], undefined, 10).violations
    expect(violation?.what).toBe(
      'a, 2026-11-23T08: 0.0000000001 USD by minute, 0.000000000099 by operation (1 rows differ)',
    )
  })

  it('finds a span that is lost, and one that is counted twice', () => {
    const least = topic(8)
    expect(violated([row()], { least, most: least, inLetters: 3 })).toEqual([])
    expect(violated([], { least, most: least, inLetters: 3 })).toEqual(['spans'])
    expect(violated([row(), row()], { least, most: least, inLetters: 3 })).toEqual(['spans'])
    const none = topic(0, { counted: [] })
    expect(violated([row()], { least: none, most: none, inLetters: 3 })).toEqual(['spans'])
  })

  it('misses no row that the smoke test removed, and finds one that it counted twice', () => {
    const least = topic(8, { counted: [{ service: 'tollgate/smoke', hour: HOUR, spans: 8 }] })
    const smoke = { ...row(), service: 'tollgate/smoke' }
    expect(violated([], { least, most: least, inLetters: 3 })).toEqual([])
    expect(violated([smoke], { least, most: least, inLetters: 3 })).toEqual([])
    expect(violated([smoke, smoke], { least, most: least, inLetters: 3 })).toEqual(['spans'])
  })

  it('takes what is being booked for no fault, between what is finished with and what is there', () => {
    expect(violated([row()], { least: topic(6), most: topic(9), inLetters: 3 })).toEqual([])
    expect(violated([row()], { least: topic(9), most: topic(12), inLetters: 3 })).toEqual(['spans'])
    expect(violated([row()], { least: topic(2), most: topic(7), inLetters: 3 })).toEqual(['spans'])
  })

  it('lets the ledger hold more than a topic that has forgotten its oldest records', () => {
    const rest = topic(2, { isWhole: false })
    expect(violated([row()], { least: rest, most: rest, inLetters: 99 })).toEqual([])
    expect(violated([], { least: rest, most: rest, inLetters: 99 })).toEqual(['spans'])
  })

  it('finds a dead span that no letter holds', () => {
    const least = topic(8)
    expect(violated([row()], { least, most: least, inLetters: 2 })).toEqual(['letters'])
    expect(violated([row()], { least, most: least, inLetters: 4 })).toEqual(['letters'])
  })

  it('looks at no other hours than the ones asked for', () => {
    expect(auditLedger([row(1n, (HOUR + 1) as Hour)], [HOUR], undefined, 10)).toMatchObject({
      checked: 0,
      violations: [],
    })
  })

  it('needs the records from five minutes before its first hour on: none older has a span in it', () => {
    const hours = [2, 0, 1].map((later) => (HOUR + later) as Hour)
    expect(recordsSince(hours)).toBe(Date.UTC(2026, 10, 23, 7, 55))
  })
})
