import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import type { Price, PriceBook, PriceLookup } from './price.ts'

/** The configured rate of every service that has none of its own. */
const RATE_OF_ALL_OTHERS = 'rate/*/*' as Sku
/** Usage of a service's operations without a rate of their own: `rate/<service>/*`. */
const RATE_OF_A_SERVICE = /^rate\/.+\/\*$/

const MISSING: PriceLookup = { found: false, why: 'missing', last: undefined }

/**
 * A book of the given prices; of two prices of one SKU the later holds. `generation` names them in logs and `explain`.
 *
 * A lookup answers `stale` from the moment `validUntil` on, with the price as `last`: DynamoDB deletes expired items
 * days late, so the reader's clock decides, not the table. It never answers with a price that ran out, and never $0.
 */
export function createPriceBook(prices: Iterable<Price>, generation: string): PriceBook {
  const answers = new Map<Sku, { readonly price: Price; readonly found: PriceLookup; readonly stale: PriceLookup }>()
  for (const price of prices) {
    answers.set(price.sku, {
      price,
      found: { found: true, price },
      stale: { found: false, why: 'stale', last: price },
    })
  }
  return {
    generation,
    prices: [...answers.values()].map(({ price }) => price),
    lookup(sku: Sku, now: EpochMs): PriceLookup {
      const answer = answers.get(sku) ?? (RATE_OF_A_SERVICE.test(sku) ? answers.get(RATE_OF_ALL_OTHERS) : undefined)
      if (answer === undefined) return MISSING
      return now < answer.price.validUntil ? answer.found : answer.stale
    },
  }
}
