import type { RefreshOutcome } from './refresh-prices.ts'

/** A refresh that failed fails loudly: a deploy stops and shows this message alone, and the next minute's tick tries again. */
export class PriceRefreshFailed extends Error {
  override readonly name = 'PriceRefreshFailed'
}

/** Faults named in a message; the log has all. */
const FAULTS_NAMED = 10

/** @throws PriceRefreshFailed with the reason, where the outcome leaves the book as it was because something is wrong */
export function refuseFailure(outcome: RefreshOutcome): void {
  if (outcome.outcome === 'failed') {
    const why = outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
    throw new PriceRefreshFailed(`the prices could not be fetched, the book stays as it is: ${why}`, {
      cause: outcome.error,
    })
  }
  if (outcome.outcome === 'refused') {
    const faults = outcome.faults.slice(0, FAULTS_NAMED).map(({ fault, detail }) => `${fault} (${detail})`)
    throw new PriceRefreshFailed(`the prices were refused, the book stays as it is: ${faults.join(', ')}`)
  }
}
