import type { LedgerRow } from './row.ts'

/** What a row's minutes have more than its operations, picodollars: 0, as every cost is added to one of each. */
export function driftOf({ minutes, operations }: Pick<LedgerRow, 'minutes' | 'operations'>): bigint {
  const byMinute = minutes.reduce((sum, { cost }) => sum + cost, 0n)
  return operations.reduce((left, { cost }) => left - cost, byMinute as bigint)
}
