import { describe, expect, it } from 'vitest'
import { type CommitRegression, commitRegression } from '../../../../layers/core/budgets/commit-regression.ts'
import type { LedgerRow } from '../../../../layers/core/ledger/row.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import {
  type EpochMs,
  type Hour,
  hourOfMinute,
  type Minute,
  minuteInHour,
} from '../../../../layers/core/time/instants.ts'

const START = (Math.floor(Date.UTC(2026, 10, 24, 10) / 3_600_000) * 60) as Minute

/** One operation in one minute: entry requests and calls count as spans; `entry` spans are requests. */
interface Work {
  readonly operation: string
  readonly spans: number
  readonly unitCost: number
  readonly entry: boolean
}

const entry = (operation: string, spans: number, unitCost: number): Work => ({
  operation,
  spans,
  unitCost,
  entry: true,
})
const call = (operation: string, spans: number, unitCost: number): Work => ({
  operation,
  spans,
  unitCost,
  entry: false,
})

/** A scatter of costs by minute that repeats. */
const SCATTER = [1, 1.1, 0.92, 1.04, 0.95, 0.99]

function rowsOf(commit: string, from: number, minutes: number, work: readonly Work[]): LedgerRow[] {
  const rows = new Map<Hour, LedgerRow>()
  for (let minute = from; minute < from + minutes; minute += 1) {
    const hour = hourOfMinute(minute as Minute)
    const so = rows.get(hour) ?? emptyRow(commit, hour)
    const scatter = SCATTER[minute % SCATTER.length] ?? 1
    const cost = (one: Work): bigint => BigInt(Math.round(one.spans * one.unitCost * scatter * 1e6))
    rows.set(hour, {
      ...so,
      minutes: [
        ...so.minutes,
        {
          minute: minuteInHour(minute as Minute),
          cost: work.reduce((sum, one) => sum + cost(one), 0n) as Picodollars,
          entryRequests: work.reduce((sum, one) => sum + (one.entry ? one.spans : 0), 0),
        },
      ],
      operations: work.map((one) => {
        const was = so.operations.find(({ operation }) => operation === one.operation)
        return {
          operation: one.operation,
          cost: ((was?.cost ?? 0n) + cost(one)) as Picodollars,
          spans: (was?.spans ?? 0) + one.spans,
        }
      }),
    })
  }
  return [...rows.values()]
}

const emptyRow = (commit: string, hour: Hour): LedgerRow => ({
  service: 'svc',
  hour,
  commit,
  shard: 'a.0',
  fence: { offset: 0, timestampMs: 0 as EpochMs },
  minutes: [],
  operations: [],
  usage: [],
  outcomes: [],
})

const USUAL = [entry('GET /a', 80, 1), entry('POST /b', 20, 5), call('DynamoDB.GetItem t', 40, 0.5)]
const DEPLOYED = START + 40

/** Forty minutes of the old commit, then so many of the new one. */
const regressionAfter = (
  minutes: number,
  now: readonly Work[],
  was: readonly Work[] = USUAL,
): CommitRegression | undefined =>
  commitRegression(
    [...rowsOf('old', START, 40, was), ...rowsOf('new', DEPLOYED, minutes, now)],
    (DEPLOYED + minutes - 1) as Minute,
  )

const dearer = (factor: number): Work[] => USUAL.map((one) => ({ ...one, unitCost: one.unitCost * factor }))

describe('a commit regression', () => {
  it('is told of a deploy that doubles the cost of requests within three minutes, with its confidence', () => {
    expect(regressionAfter(2, dearer(2))).toBeUndefined()
    const found = regressionAfter(3, dearer(2))
    expect(found).toMatchObject({ commit: 'new', before: 'old' })
    expect(found?.ratio).toBeCloseTo(2, 0)
    expect(found?.atLeast).toBeGreaterThan(1.5)
    expect(found?.atLeast).toBeLessThan(found?.ratio ?? 0)
  })

  it.each([0.5, 1, 1.1, 1.3])('is not told of a deploy that makes them %s times as dear', (factor) => {
    expect(regressionAfter(15, dearer(factor))).toBeUndefined()
  })

  it.each([
    [
      'more of the dear operation',
      [entry('GET /a', 30, 1), entry('POST /b', 70, 5), call('DynamoDB.GetItem t', 40, 0.5)],
    ],
    [
      'more of the dear operation with its calls',
      [entry('GET /a', 20, 1), entry('POST /b', 80, 5), call('DynamoDB.GetItem t', 160, 0.5)],
    ],
    ['twice the traffic', USUAL.map((one) => ({ ...one, spans: one.spans * 2 }))],
    ['a new operation', [...USUAL, entry('GET /report', 5, 200)]],
  ])('is not told of %s', (_, now) => {
    expect(regressionAfter(15, now)).toBeUndefined()
  })

  it('is not told of a rare, dear operation that comes three times as often, with its calls', () => {
    const rare = (spans: number): Work[] => [
      entry('GET /a', 100 - spans, 1),
      entry('GET /report', spans, 50),
      call('S3.GetObject r', spans * 20, 5),
    ]
    expect(regressionAfter(15, rare(6), rare(2))).toBeUndefined()
  })

  it('is told where one operation alone is dearer, behind another mix', () => {
    const now = [entry('GET /a', 60, 1), entry('POST /b', 40, 15), call('DynamoDB.GetItem t', 80, 0.5)]
    expect(regressionAfter(5, now)?.ratio).toBeGreaterThan(2)
  })

  it('is told of a loop: as dear a call as ever, many more of them for a request', () => {
    const now = [entry('GET /a', 80, 1), entry('POST /b', 20, 5), call('DynamoDB.GetItem t', 1000, 0.5)]
    expect(regressionAfter(5, now)?.ratio).toBeGreaterThan(2)
  })

  it('needs enough requests to say so', () => {
    const few = (factor: number): Work[] => [entry('GET /a', 9, factor)]
    expect(regressionAfter(10, few(3), few(1))).toBeUndefined()
  })

  it('is over when the commit is rolled back', () => {
    const rows = [...rowsOf('old', START, 40, USUAL), ...rowsOf('new', DEPLOYED, 5, dearer(3))]
    expect(commitRegression(rows, (DEPLOYED + 4) as Minute)).toBeDefined()
    expect(commitRegression(rows, (DEPLOYED + 8) as Minute)).toBeUndefined()
  })

  it('does not guess which of two commits that came at once is the new one', () => {
    const rows = [...rowsOf('a', START, 40, USUAL), ...rowsOf('b', START, 40, dearer(3))]
    expect(commitRegression(rows, (START + 39) as Minute)).toBeUndefined()
  })
})
