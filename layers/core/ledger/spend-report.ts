import { coveredShare } from '../explain/covered-share.ts'
import { formatUsd } from '../money/picodollars.ts'
import type { Sku } from '../rating/usage.ts'
import {
  type EpochMs,
  firstMinuteOf,
  type Hour,
  hourOf,
  type Minute,
  minuteOf,
  startOfHour,
  startOfMinute,
} from '../time/instants.ts'
import type { LedgerRow, ParkedRow } from './row.ts'

/** By what spend is told apart; the service always is. By `hour`, an answer is a series: days where the report is one of days. */
export const DIMENSIONS = ['service', 'commit', 'operation', 'hour'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** A stretch of event time, `from` inclusive, `to` exclusive. */
export interface TimeRange {
  readonly from: EpochMs
  readonly to: EpochMs
}

/** One line of a report. */
interface SpendLine {
  readonly service: string
  readonly commit?: string
  readonly operation?: string
  /** When it begins, ISO 8601. */
  readonly hour?: string
  /** Exact decimal string. */
  readonly usd: string
  /** Entry requests, weighted by sampling; charged and entry spans where told apart by operation. */
  readonly count: number
}

/** What was received in the hours of the report, by what became of it; unweighted counts of spans. */
interface Coverage {
  /** Spans are counted by whole hours, whatever the report covers. ISO 8601. */
  readonly from: string
  readonly to: string
  readonly booked: number
  readonly parked: number
  readonly inner: number
  readonly noMeter: number
  /** Spans that should have said how much, by the attribute that was missing. */
  readonly unmetered: readonly { readonly attribute: string; readonly spans: number }[]
  /** Of the spans that should cost something, those that do: see `coveredShare`. */
  readonly share: number | null
}

/** Usage that waits for a price; no part of the money of the report. */
interface ParkedUsage {
  readonly service: string
  readonly sku: Sku
  /** In the SKU's quanta, a decimal string. */
  readonly quantity: string
  readonly spans: number
}

export interface SpendReport {
  /** What the report really covers, ISO 8601, in whole units of `resolution`; a report by days may end in its last days. */
  readonly from: string
  readonly to: string
  /** Minutes; hours where operations are told apart; days of daily rows where the range is long or long ago. */
  readonly resolution: 'minute' | 'hour' | 'day'
  readonly by: readonly Dimension[]
  readonly totalUsd: string
  /** Largest first. */
  readonly lines: readonly SpendLine[]
  /** What the limit left out: lines and `others` sum to the total. */
  readonly others: { readonly lines: number; readonly usd: string }
  readonly parked: readonly ParkedUsage[]
  readonly coverage: Coverage
  /** What a service spent that is in no other figure here; null where it spent nothing, or where none was to be left out. */
  readonly leftOut: { readonly service: string; readonly usd: string } | null
  /** Kafka timestamp of the newest record booked in these rows, ISO 8601; null where nothing is booked. */
  readonly bookedUpTo: string | null
}

export interface SpendQuestion extends TimeRange {
  readonly by: readonly Dimension[]
  /** Most lines to tell apart. */
  readonly limit: number
  /** The rows are daily ones up to the last two days; `from` is the start of a day. */
  readonly byDays?: boolean
  /** A service that is nobody's spend, and in no figure but `leftOut`. */
  readonly leavesOut?: string | undefined
}

/** What can be told of a range: ledger rows count money by the minute, but operations by the hour. */
export function coveredRange(range: TimeRange, by: readonly Dimension[]): TimeRange {
  if (by.includes('operation')) return wholeHours(range)
  return { from: startOfMinute(minuteOf(range.from)), to: startOfMinute((minuteOf(lastOf(range)) + 1) as Minute) }
}

/** The hours whose rows hold a range, ascending. */
export function hoursOf(range: TimeRange): readonly Hour[] {
  const first = hourOf(range.from)
  return Array.from({ length: hourOf(lastOf(range)) - first + 1 }, (_, after) => (first + after) as Hour)
}

/** Shapes ledger rows and parked rows of all services asked for, read for `hoursOf(question)`, into an answer. */
export function spendReport(
  rows: readonly LedgerRow[],
  parked: readonly ParkedRow[],
  question: SpendQuestion,
): SpendReport {
  const range = coveredRange(question, question.by)
  const isTold = ({ service }: { readonly service: string }): boolean => service !== question.leavesOut
  const toldRows = rows.filter(isTold)
  const totals = totalsOf(toldRows, range, question.by)
  const unseen = totalsOf(
    rows.filter((row) => !isTold(row)),
    range,
    ['service'],
  )
  const told = totals.slice(0, question.limit)
  const others = totals.slice(question.limit)
  return {
    from: iso(range.from),
    to: iso(range.to),
    resolution: question.byDays ? 'day' : question.by.includes('operation') ? 'hour' : 'minute',
    by: question.by,
    totalUsd: formatUsd(sum(totals)),
    lines: told.map(lineOf),
    others: { lines: others.length, usd: formatUsd(sum(others)) },
    parked: parkedUsage(parked.filter(isTold), range),
    coverage: coverageOf(toldRows, wholeHours(question)),
    leftOut: leftOut(unseen),
    bookedUpTo: newestRecord(rows),
  }
}

interface Total {
  readonly service: string
  readonly commit: string | undefined
  readonly operation: string | undefined
  readonly hour: Hour | undefined
  cost: bigint
  count: number
}

/** From the totals by service of the one that is left out. */
function leftOut(totals: readonly Total[]): SpendReport['leftOut'] {
  const [first] = totals
  return first === undefined || first.cost === 0n ? null : { service: first.service, usd: formatUsd(first.cost) }
}

const lastOf = (range: TimeRange): EpochMs => (range.to - 1) as EpochMs

function wholeHours(range: TimeRange): TimeRange {
  return { from: startOfHour(hourOf(range.from)), to: startOfHour((hourOf(lastOf(range)) + 1) as Hour) }
}

function totalsOf(rows: readonly LedgerRow[], range: TimeRange, by: readonly Dimension[]): readonly Total[] {
  const totals = new Map<string, Total>()
  const add = (row: LedgerRow, operation: string | undefined, cost: bigint, count: number): void => {
    const commit = by.includes('commit') ? row.commit : undefined
    const hour = by.includes('hour') ? row.hour : undefined
    const key = JSON.stringify([row.service, commit, operation, hour])
    const total = totals.get(key) ?? { service: row.service, commit, operation, hour, cost: 0n, count: 0 }
    total.cost += cost
    total.count += count
    totals.set(key, total)
  }
  for (const row of rows) {
    if (by.includes('operation'))
      for (const { operation, cost, spans } of row.operations) add(row, operation, cost, spans)
    else for (const { cost, entryRequests } of minutesIn(row, range)) add(row, undefined, cost, entryRequests)
  }
  return [...totals.values()].sort(largestFirst)
}

function minutesIn(row: LedgerRow, range: TimeRange): LedgerRow['minutes'] {
  return row.minutes.filter(({ minute }) => isWithin(row.hour, minute, range))
}

function isWithin(hour: Hour, minute: number, range: TimeRange): boolean {
  const at = startOfMinute((firstMinuteOf(hour) + minute) as Minute)
  return at >= range.from && at < range.to
}

/** By money, then by name, so that the same rows are the same answer. */
function largestFirst(a: Total, b: Total): number {
  if (a.cost !== b.cost) return a.cost > b.cost ? -1 : 1
  return compare(nameOf(a), nameOf(b))
}

const nameOf = (total: Total): string =>
  `${total.service}\n${total.commit ?? ''}\n${total.operation ?? ''}\n${total.hour ?? ''}`

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const sum = (totals: readonly Total[]): bigint => totals.reduce((total, { cost }) => total + cost, 0n)

function lineOf({ service, commit, operation, hour, cost, count }: Total): SpendLine {
  return {
    service,
    ...(commit === undefined ? {} : { commit }),
    ...(operation === undefined ? {} : { operation }),
    ...(hour === undefined ? {} : { hour: iso(startOfHour(hour)) }),
    usd: formatUsd(cost),
    count,
  }
}

function parkedUsage(rows: readonly ParkedRow[], range: TimeRange): readonly ParkedUsage[] {
  const totals = new Map<string, { service: string; sku: Sku; quantity: bigint; spans: number }>()
  for (const row of rows) {
    if (!isWithin(row.hour, row.minute, range)) continue
    for (const { sku, quantity, spans } of row.usage) {
      const key = `${row.service}\n${sku}`
      const total = totals.get(key) ?? { service: row.service, sku, quantity: 0n, spans: 0 }
      total.quantity += quantity
      total.spans += spans
      totals.set(key, total)
    }
  }
  return [...totals]
    .sort(([a], [b]) => compare(a, b))
    .map(([, total]) => ({ ...total, quantity: total.quantity.toString() }))
}

const UNMETERED = 'unmetered:'

function coverageOf(rows: readonly LedgerRow[], hours: TimeRange): Coverage {
  const spans = new Map<string, number>()
  for (const { outcomes } of rows) {
    for (const outcome of outcomes) spans.set(outcome.outcome, (spans.get(outcome.outcome) ?? 0) + outcome.spans)
  }
  const booked = spans.get('booked') ?? 0
  const parked = spans.get('parked') ?? 0
  const unmetered = [...spans]
    .filter(([outcome]) => outcome.startsWith(UNMETERED))
    .map(([outcome, count]) => ({ attribute: outcome.slice(UNMETERED.length), spans: count }))
    .sort((a, b) => b.spans - a.spans || compare(a.attribute, b.attribute))
  return {
    from: iso(hours.from),
    to: iso(hours.to),
    booked,
    parked,
    inner: spans.get('inner') ?? 0,
    noMeter: spans.get('no-meter') ?? 0,
    unmetered,
    share: coveredShare(
      booked,
      unmetered.reduce((sum, { spans }) => sum + spans, parked),
    ),
  }
}

function newestRecord(rows: readonly LedgerRow[]): string | null {
  if (rows.length === 0) return null
  return iso(rows.reduce((newest, { fence }) => Math.max(newest, fence.timestampMs), 0) as EpochMs)
}

const iso = (at: EpochMs): string => new Date(at).toISOString()
