import type { Flag } from '../../layers/core/flags/flag.ts'
import type { DeadLetter } from '../../layers/core/ledger/dead-letter.ts'
import type { LedgerRow, ParkedRow } from '../../layers/core/ledger/row.ts'
import { formatUsd } from '../../layers/core/money/picodollars.ts'

/** What `tollgate demo --json` prints. Money is exact decimal strings; lists are sorted by name. */
export interface DemoReport {
  /** Each span received is exactly one of the other four. A record that cannot be decoded counts as one span. */
  readonly spans: {
    readonly received: number
    readonly booked: number
    readonly uncharged: number
    readonly parked: number
    readonly deadLettered: number
  }
  readonly uncharged: readonly { readonly reason: string; readonly count: number }[]
  readonly totalUsd: string
  readonly services: readonly {
    readonly service: string
    readonly usd: string
    readonly commits: readonly { readonly commit: string; readonly usd: string }[]
    readonly operations: readonly { readonly operation: string; readonly spans: number; readonly usd: string }[]
  }[]
  /** Usage that waits for a price, in the SKU's own quanta. */
  readonly parked: readonly { readonly sku: string; readonly quantity: string; readonly spans: number }[]
  readonly deadLetters: readonly { readonly reason: string; readonly count: number }[]
  readonly flags: readonly {
    readonly service: string
    readonly admit: number
    readonly reason: string
    readonly until: string
  }[]
  readonly alerts: readonly { readonly service: string; readonly subject: string; readonly transition: string }[]
  readonly gate: readonly { readonly service: string; readonly allowed: number; readonly denied: number }[]
}

/** What the report is made of: the ledger as its readers see it, and what enforcement did. */
export interface DemoFindings {
  /** Spans that attribute-spans took in, counted there. */
  readonly received: number
  readonly rows: readonly LedgerRow[]
  readonly parked: readonly ParkedRow[]
  readonly deadLetters: readonly DeadLetter[]
  readonly flags: readonly Flag[]
  readonly alerts: DemoReport['alerts']
  readonly gate: DemoReport['gate']
}

/** Adds the findings up. */
export function demoReport(findings: DemoFindings): DemoReport {
  const outcomes = sums(
    findings.rows.flatMap((row) => row.outcomes.map(({ outcome, spans }) => [outcome, spans] as const)),
  )
  const uncharged = [...outcomes].filter(([outcome]) => outcome !== 'booked' && outcome !== 'parked')
  const dead = sums(findings.deadLetters.map((letter) => [letter.reason as string, letter.spans] as const))
  const total = findings.rows.reduce((sum, row) => sum + costOf(row), 0n)
  return {
    spans: {
      received: findings.received,
      booked: outcomes.get('booked') ?? 0,
      uncharged: uncharged.reduce((sum, [, count]) => sum + count, 0),
      parked: outcomes.get('parked') ?? 0,
      deadLettered: [...dead.values()].reduce((sum, count) => sum + count, 0),
    },
    uncharged: byName(uncharged).map(([reason, count]) => ({ reason, count })),
    totalUsd: formatUsd(total),
    services: servicesOf(findings.rows),
    parked: parkedOf(findings.parked),
    deadLetters: byName([...dead]).map(([reason, count]) => ({ reason, count })),
    flags: [...findings.flags]
      .sort((a, b) => compare(a.service, b.service))
      .map(({ service, admit, reason, until }) => ({ service, admit, reason, until: new Date(until).toISOString() })),
    alerts: [...findings.alerts],
    gate: [...findings.gate].sort((a, b) => compare(a.service, b.service)),
  }
}

const costOf = (row: LedgerRow): bigint => row.minutes.reduce((sum, { cost }) => sum + cost, 0n)

function servicesOf(rows: readonly LedgerRow[]): DemoReport['services'] {
  const byService = new Map<string, LedgerRow[]>()
  for (const row of rows) byService.set(row.service, [...(byService.get(row.service) ?? []), row])
  return byName([...byService]).map(([service, own]) => ({
    service,
    usd: formatUsd(own.reduce((sum, row) => sum + costOf(row), 0n)),
    commits: byName([...money(own.map((row) => [row.commit, costOf(row)] as const))]).map(([commit, cost]) => ({
      commit,
      usd: formatUsd(cost),
    })),
    operations: operationsOf(own),
  }))
}

function operationsOf(rows: readonly LedgerRow[]): DemoReport['services'][number]['operations'] {
  const operations = rows.flatMap((row) => row.operations)
  const spans = sums(operations.map((one) => [one.operation, one.spans] as const))
  const costs = money(operations.map((one) => [one.operation, one.cost as bigint] as const))
  return byName([...costs]).map(([operation, cost]) => ({
    operation,
    spans: spans.get(operation) ?? 0,
    usd: formatUsd(cost),
  }))
}

function parkedOf(rows: readonly ParkedRow[]): DemoReport['parked'] {
  const usage = rows.flatMap((row) => row.usage)
  const spans = sums(usage.map((one) => [one.sku as string, one.spans] as const))
  const quantities = money(usage.map((one) => [one.sku as string, one.quantity] as const))
  return byName([...quantities]).map(([sku, quantity]) => ({
    sku,
    quantity: quantity.toString(),
    spans: spans.get(sku) ?? 0,
  }))
}

function sums(entries: readonly (readonly [string, number])[]): Map<string, number> {
  const totals = new Map<string, number>()
  for (const [name, count] of entries) totals.set(name, (totals.get(name) ?? 0) + count)
  return totals
}

function money(entries: readonly (readonly [string, bigint])[]): Map<string, bigint> {
  const totals = new Map<string, bigint>()
  for (const [name, amount] of entries) totals.set(name, (totals.get(name) ?? 0n) + amount)
  return totals
}

const byName = <T>(entries: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] =>
  [...entries].sort(([a], [b]) => compare(a, b))

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
