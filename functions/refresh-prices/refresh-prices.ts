import type { PricesTable } from '../../layers/adapters/prices-table.ts'
import type { FetchedPrices } from '../../layers/core/prices/fetched-prices.ts'
import { generationId } from '../../layers/core/prices/generation.ts'
import type { AnswerFault } from '../../layers/core/prices/listed-product.ts'
import { type KeptPrice, nextGeneration } from '../../layers/core/prices/next-generation.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { type RefreshRequest, readRefreshEvent } from './refresh-event.ts'

/** The schedule ticks every minute, a little early or late: 9 minutes 45 seconds after the last refresh count as 10. */
const EARLY_MS = 15_000

export interface RefreshPricesPorts {
  /** The Price List, read; in the local system, the bundled snapshot. */
  readonly fetchPrices: () => Promise<FetchedPrices>
  readonly prices: Pick<PricesTable, 'readCurrent' | 'readLast' | 'switchTo'>
  /** Time between refreshes, ms. After a failure the next tick tries again. */
  readonly refreshEveryMs: number
  readonly now: () => EpochMs
  /** Names no two refreshes alike. */
  readonly unique: () => string
}

/** What is left where a refresh comes to nothing. */
interface BookAsItWas {
  /** Why a refresh was tried: who asked for one may go on with a young book. */
  readonly request: RefreshRequest
  /** Undefined: there is no book. */
  readonly bookAgeMs: number | undefined
}

/** What a call of refresh-prices came to. */
export type RefreshOutcome =
  /** Nothing was due. */
  | { readonly outcome: 'skipped'; readonly bookAgeMs: number | undefined }
  | {
      readonly outcome: 'switched' | 'superseded'
      readonly generation: string
      readonly accepted: number
      readonly kept: readonly KeptPrice[]
    }
  /** The whole answer is at fault; readers stay with the book they have. */
  | ({
      readonly outcome: 'refused'
      readonly faults: readonly { readonly fault: AnswerFault; readonly detail: string }[]
    } & BookAsItWas)
  /** There is no answer; readers stay with the book they have. */
  | ({ readonly outcome: 'failed'; readonly error: unknown } & BookAsItWas)

/**
 * Makes refresh-prices: reads the prices, judges them against the last accepted ones, and switches the book to them.
 * @throws UnknownRefreshEvent, and what the table's adapter throws. The book is then as it was.
 */
export function refreshPrices(ports: RefreshPricesPorts): (event: unknown) => Promise<RefreshOutcome> {
  return async (event) => {
    const request = readRefreshEvent(event)
    const current = await ports.prices.readCurrent()
    const bookAgeMs = current === undefined ? undefined : ports.now() - current.fetchedAt
    if (request === 'nothing' || (request === 'due' && !isDue(bookAgeMs, ports.refreshEveryMs))) {
      return { outcome: 'skipped', bookAgeMs }
    }
    const fetched = await ports.fetchPrices().catch((error: unknown) => ({ error }))
    if ('error' in fetched) return { outcome: 'failed', error: fetched.error, request, bookAgeMs }
    const last = new Map((await ports.prices.readLast()).map((price) => [price.sku, price]))
    const next = nextGeneration(fetched, last)
    if (next.refused !== undefined) return { outcome: 'refused', faults: next.refused, request, bookAgeMs }
    const { fetchedAt } = fetched
    const generation = { id: generationId(fetchedAt, ports.unique()), fetchedAt, prices: next.prices }
    const outcome = await ports.prices.switchTo(generation)
    return { outcome, generation: generation.id, accepted: next.accepted, kept: next.kept }
  }
}

const isDue = (bookAgeMs: number | undefined, refreshEveryMs: number): boolean =>
  bookAgeMs === undefined || bookAgeMs >= refreshEveryMs - EARLY_MS
