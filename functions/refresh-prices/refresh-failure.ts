import { MS_PER_DAY } from '../../layers/core/time/days.ts'
import type { RefreshOutcome } from './refresh-prices.ts'

/** A refresh that failed fails loudly: a deploy stops and shows this message alone, and the next minute's tick tries again. */
export class PriceRefreshFailed extends Error {
  override readonly name = 'PriceRefreshFailed'
}

/** Faults named in a message; the log has all. */
const FAULTS_NAMED = 10

/** Prices that are older are not counted with any more, not even to judge budgets. */
const BOOK_OF_USE_MS = MS_PER_DAY

/**
 * A call by hand or by a deploy that finds a book of the last day goes on with it: an outage of the Price List must not keep a
 * deploy from changing a budget, or from going back. The schedule's failures, and the age of the book, ring.
 * @throws PriceRefreshFailed with the reason, where the outcome leaves the book as it was because something is wrong
 */
export function refuseFailure(outcome: RefreshOutcome): void {
  if (outcome.outcome !== 'failed' && outcome.outcome !== 'refused') return
  const { request, bookAgeMs } = outcome
  if (request === 'now' && bookAgeMs !== undefined && bookAgeMs < BOOK_OF_USE_MS) return
  if (outcome.outcome === 'failed') {
    const why = outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
    throw new PriceRefreshFailed(`the prices could not be fetched, the book stays as it is: ${why}`, {
      cause: outcome.error,
    })
  }
  const faults = outcome.faults.slice(0, FAULTS_NAMED).map(({ fault, detail }) => `${fault} (${detail})`)
  throw new PriceRefreshFailed(`the prices were refused, the book stays as it is: ${faults.join(', ')}`)
}
