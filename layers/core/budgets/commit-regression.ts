import type { LedgerRow } from '../ledger/row.ts'
import { firstMinuteOf, hourOfMinute, type Minute } from '../time/instants.ts'

/** A commit whose requests cost more than those of the commit before it, operation by operation. */
export interface CommitRegression {
  readonly commit: string
  readonly before: string
  /** How many times as much, at the same mix of operations; two decimals. */
  readonly ratio: number
  /** With 99 % confidence it is at least so many times as much; two decimals. */
  readonly atLeast: number
}

/** From here on a commit is dearer: half as dear again, and a quarter beyond doubt. */
const MIN_RATIO = 1.5
const MIN_AT_LEAST = 1.25
/** Minutes of each commit, with enough entry requests each, and entry requests of each in all. */
const MIN_MINUTES = 3
const MIN_MINUTES_BEFORE = 10
const MIN_REQUESTS_A_MINUTE = 10
const MIN_REQUESTS = 60
/** A commit without a request in the last minutes is gone: it was rolled back. */
const ALIVE_MINUTES = 3
/** Student's t, one-sided 99 %, with the fewest degrees of freedom that those minutes leave: 11. */
const T_99 = 2.72
/** An operation with fewer spans has no unit cost worth the name. */
const MIN_SPANS = 20
/** Of a hundred requests one may go to another operation by chance. */
const SLACK = 0.01

/**
 * Compares the newest commit of a service with the one before it, in the rows of the hour of `window` and the hour before.
 * Undefined: nothing is dearer, or there is too little to say so. Other rows are ignored.
 */
export function commitRegression(rows: readonly LedgerRow[], window: Minute): CommitRegression | undefined {
  // At nearly every close there is one commit, and nothing to compare.
  if (new Set(rows.map(({ commit }) => commit)).size < 2) return undefined
  const [now, before] = commitsOf(rows, window)
  if (now === undefined || before === undefined || now.first === before.first) return undefined
  if (now.last <= window - ALIVE_MINUTES) return undefined
  if (now.requests < MIN_REQUESTS || before.requests < MIN_REQUESTS) return undefined
  const error = standardError(now.logCosts, before.logCosts)
  if (error === undefined) return undefined
  const ratio = costRatio(now, before)
  const atLeast = ratio * Math.exp(-T_99 * error)
  if (ratio < MIN_RATIO || atLeast < MIN_AT_LEAST) return undefined
  return { commit: now.commit, before: before.commit, ratio: twoDecimals(ratio), atLeast: twoDecimals(atLeast) }
}

interface CommitFigures {
  readonly commit: string
  /** First and last minute with an entry request, not after the window. */
  readonly first: Minute
  readonly last: Minute
  /** Entry requests. */
  readonly requests: number
  /** Natural logarithms of the cost of a request, one a minute. */
  readonly logCosts: readonly number[]
  readonly operations: ReadonlyMap<string, Operation>
}

interface Operation {
  /** Spans for each entry request of the commit. */
  readonly rate: number
  /** Cost of a span, picodollars. */
  readonly unitCost: number
  readonly spans: number
}

/** The commits that were seen, the newest first. */
function commitsOf(rows: readonly LedgerRow[], window: Minute): readonly CommitFigures[] {
  const byCommit = new Map<string, LedgerRow[]>()
  for (const row of rows) {
    if (row.hour < hourOfMinute(window) - 1 || row.hour > hourOfMinute(window)) continue
    byCommit.set(row.commit, [...(byCommit.get(row.commit) ?? []), row])
  }
  return [...byCommit]
    .flatMap(([commit, own]) => figuresOf(commit, own, window) ?? [])
    .sort((a, b) => b.first - a.first || (a.commit < b.commit ? -1 : 1))
}

function figuresOf(commit: string, rows: readonly LedgerRow[], window: Minute): CommitFigures | undefined {
  const minutes = new Map<number, { cost: number; requests: number }>()
  let requests = 0
  for (const row of rows) {
    for (const { minute, cost, entryRequests } of row.minutes) {
      const at = firstMinuteOf(row.hour) + minute
      requests += entryRequests
      if (at > window || entryRequests === 0) continue
      const so = minutes.get(at) ?? { cost: 0, requests: 0 }
      minutes.set(at, { cost: so.cost + Number(cost), requests: so.requests + entryRequests })
    }
  }
  if (minutes.size === 0) return undefined
  const logCosts = [...minutes.values()]
    .filter(({ cost, requests: asked }) => asked >= MIN_REQUESTS_A_MINUTE && cost > 0)
    .map(({ cost, requests: asked }) => Math.log(cost / asked))
  return {
    commit,
    first: Math.min(...minutes.keys()) as Minute,
    last: Math.max(...minutes.keys()) as Minute,
    requests,
    logCosts,
    operations: operationsOf(rows, requests),
  }
}

function operationsOf(rows: readonly LedgerRow[], requests: number): ReadonlyMap<string, Operation> {
  const totals = new Map<string, { cost: number; spans: number }>()
  for (const { operation, cost, spans } of rows.flatMap((row) => row.operations)) {
    const so = totals.get(operation) ?? { cost: 0, spans: 0 }
    totals.set(operation, { cost: so.cost + Number(cost), spans: so.spans + spans })
  }
  return new Map(
    [...totals]
      .filter(([, { spans }]) => spans >= MIN_SPANS)
      .map(([operation, { cost, spans }]) => [operation, { rate: spans / requests, unitCost: cost / spans, spans }]),
  )
}

/** Of the difference of the means of two sets of logarithms that scatter alike; undefined with too few minutes. */
function standardError(now: readonly number[], before: readonly number[]): number | undefined {
  if (now.length < MIN_MINUTES || before.length < MIN_MINUTES_BEFORE) return undefined
  const scatter = (squares(now) + squares(before)) / (now.length + before.length - 2)
  return Math.sqrt(scatter * (1 / now.length + 1 / before.length))
}

function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
}

/**
 * What the requests of the new commit cost, over what the same work would have cost under the one before. An operation costs more
 * where a span of it does, or where a request makes more of its spans than another mix of requests explains.
 */
function costRatio(now: CommitFigures, before: CommitFigures): number {
  const allowed = growthByMix(now, before)
  let cost = 0
  let expected = 0
  for (const [operation, { rate, unitCost }] of now.operations) {
    const was = before.operations.get(operation)
    // An operation that is new has nothing to be compared with.
    if (was === undefined) continue
    cost += rate * unitCost
    expected += Math.min(rate, was.rate * allowed) * was.unitCost
  }
  return expected > 0 ? cost / expected : 1
}

/**
 * By how much another mix of requests can have raised an operation's spans a request. Requests that moved are missing elsewhere:
 * no operation gained more by it than all others lost, and its calls grew no more than itself. A loop in a request moves none.
 */
function growthByMix(now: CommitFigures, before: CommitFigures): number {
  let lost = 0
  for (const [operation, { rate }] of before.operations) {
    lost += Math.max(0, rate - (now.operations.get(operation)?.rate ?? 0))
  }
  let growth = 1
  for (const [operation, { rate }] of now.operations) {
    const was = before.operations.get(operation)?.rate
    if (was !== undefined && rate - was <= lost + SLACK) growth = Math.max(growth, rate / was)
  }
  return growth
}

const twoDecimals = (value: number): number => Math.round(value * 100) / 100
