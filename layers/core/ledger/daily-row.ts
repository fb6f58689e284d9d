import type { Picodollars } from '../money/picodollars.ts'
import type { Sku } from '../rating/usage.ts'
import { type Day, hoursOfDay } from '../time/days.ts'
import type { EpochMs, Hour } from '../time/instants.ts'
import { MAX_OPERATIONS, MAX_SKUS, OVERFLOW, unknownSku } from './counters.ts'
import type { LedgerRow, OperationTotals } from './row.ts'

/** All that one service spent on one UTC day with one commit: the sum of its hourly rows, of every shard. */
export interface DailyRow {
  readonly service: string
  readonly day: Day
  readonly commit: string
  readonly cost: Picodollars
  readonly entryRequests: number
  /** Most expensive first, at most 64; the last is `*` where there were more. */
  readonly operations: readonly OperationTotals[]
  /** Priced usage in quanta, by name; at most 100 SKUs, the rest under `unknown/<meter>`. */
  readonly usage: LedgerRow['usage']
  readonly outcomes: LedgerRow['outcomes']
  /** Kafka timestamp of the newest record in it, epoch ms. */
  readonly bookedUpTo: EpochMs
}

/**
 * Rolls a day's hourly rows of one service up, a daily row a commit, by name. A function of the rows alone, in whatever order:
 * rolling the same rows up again gives the same. Settled usage is among the rows (read-row.ts); what still waits is none.
 */
export function rollUpDay(service: string, day: Day, rows: readonly LedgerRow[]): readonly DailyRow[] {
  const hours = new Set<Hour>(hoursOfDay(day))
  const byCommit = new Map<string, LedgerRow[]>()
  for (const row of rows) {
    if (!hours.has(row.hour)) continue
    const known = byCommit.get(row.commit)
    if (known === undefined) byCommit.set(row.commit, [row])
    else known.push(row)
  }
  return [...byCommit]
    .sort(([a], [b]) => compare(a, b))
    .map(([commit, own]) => ({ service, day, commit, ...sumsOf(own) }))
}

function sumsOf(rows: readonly LedgerRow[]): Omit<DailyRow, 'service' | 'day' | 'commit'> {
  const minutes = rows.flatMap((row) => row.minutes)
  return {
    cost: minutes.reduce((sum, { cost }) => sum + cost, 0n) as Picodollars,
    entryRequests: minutes.reduce((sum, { entryRequests }) => sum + entryRequests, 0),
    operations: operationsOf(rows),
    usage: usageOf(rows),
    outcomes: outcomesOf(rows),
    bookedUpTo: rows.reduce((newest, { fence }) => Math.max(newest, fence.timestampMs), 0) as EpochMs,
  }
}

function operationsOf(rows: readonly LedgerRow[]): readonly OperationTotals[] {
  const totals = new Map<string, OperationTotals>()
  for (const total of rows.flatMap((row) => row.operations)) addOperation(totals, total.operation, total)
  const named = [...totals.values()]
    .filter(({ operation }) => operation !== OVERFLOW)
    .sort((a, b) => (a.cost === b.cost ? compare(a.operation, b.operation) : a.cost > b.cost ? -1 : 1))
  if (named.length < MAX_OPERATIONS && !totals.has(OVERFLOW)) return named
  for (const total of named.slice(MAX_OPERATIONS - 1)) addOperation(totals, OVERFLOW, total)
  const rest = totals.get(OVERFLOW)
  return [...named.slice(0, MAX_OPERATIONS - 1), ...(rest === undefined ? [] : [rest])]
}

function addOperation(totals: Map<string, OperationTotals>, operation: string, { cost, spans }: OperationTotals): void {
  const known = totals.get(operation)
  totals.set(operation, {
    operation,
    cost: ((known?.cost ?? 0n) + cost) as Picodollars,
    spans: (known?.spans ?? 0) + spans,
  })
}

function usageOf(rows: readonly LedgerRow[]): DailyRow['usage'] {
  const totals = new Map<Sku, bigint>()
  for (const { sku, quantity } of rows.flatMap((row) => row.usage)) totals.set(sku, (totals.get(sku) ?? 0n) + quantity)
  const bounded = new Map<Sku, bigint>()
  for (const [sku, quantity] of [...totals].sort(([a], [b]) => compare(a, b))) {
    const kept = bounded.size < MAX_SKUS ? sku : unknownSku(sku)
    bounded.set(kept, (bounded.get(kept) ?? 0n) + quantity)
  }
  return [...bounded].map(([sku, quantity]) => ({ sku, quantity }))
}

function outcomesOf(rows: readonly LedgerRow[]): DailyRow['outcomes'] {
  const totals = new Map<string, number>()
  for (const { outcome, spans } of rows.flatMap((row) => row.outcomes)) {
    totals.set(outcome, (totals.get(outcome) ?? 0) + spans)
  }
  return [...totals].sort(([a], [b]) => compare(a, b)).map(([outcome, spans]) => ({ outcome, spans }))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A day in the shape of an hourly row, all of its money in the day's first minute: for reports over whole days. */
export function asLedgerRow(daily: DailyRow): LedgerRow {
  return {
    service: daily.service,
    hour: hoursOfDay(daily.day)[0] as Hour,
    commit: daily.commit,
    shard: 'day',
    fence: { offset: 0, timestampMs: daily.bookedUpTo },
    minutes: [{ minute: 0, cost: daily.cost, entryRequests: daily.entryRequests }],
    operations: daily.operations,
    usage: daily.usage,
    outcomes: daily.outcomes,
  }
}
