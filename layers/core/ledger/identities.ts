import { type CounterKey, isWaiting, outcomeCounter } from './counters.ts'
import type { PricedRow } from './price-record.ts'
import type { LedgerRow } from './row.ts'

// What must be equal, whatever arrives. `tollgate audit` checks it in the ledger; the functions report where it is not.

/** What a row's minutes have more than its operations, picodollars: 0, as every cost is added to one of each. */
export function driftOf({ minutes, operations }: Pick<LedgerRow, 'minutes' | 'operations'>): bigint {
  const byMinute = minutes.reduce((sum, { cost }) => sum + cost, 0n)
  return operations.reduce((left, { cost }) => left - cost, byMinute as bigint)
}

/** Spans received, by what became of them; `counted` is all of them, those inside others and without a meter too. */
export interface SpanOutcomes {
  readonly counted: number
  readonly booked: number
  readonly parked: number
  readonly unmetered: number
}

/** The spans received that these rows count, each by what became of it: what was received, less what is dead. */
export function outcomesOf(rows: readonly PricedRow[]): SpanOutcomes {
  const spans = { counted: 0, booked: 0, parked: 0, unmetered: 0 }
  for (const { kind, counters, parked } of rows) {
    if (kind === 'front-door') continue
    // by its keys, because few are outcomes and each pair would be a list of its own
    for (const key of counters.keys()) {
      if (!isOutcome(key)) continue
      const count = Number(counters.get(key))
      spans.counted += count
      if (key === BOOKED) spans.booked += count
      else if (key.length > 1) spans.unmetered += count
    }
    for (const waiting of parked.values())
      for (const [key, value] of waiting) if (isWaiting(key)) spans.parked += Number(value)
  }
  return { ...spans, counted: spans.counted + spans.parked }
}

const BOOKED = outcomeCounter('booked')

/** Fixed outcomes have one letter, minutes have digits behind theirs, and names a colon. */
const isOutcome = (key: CounterKey): boolean => key.length === 1 || key.startsWith('u:')
