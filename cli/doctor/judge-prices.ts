import type { FoundPrice } from '../../layers/core/prices/find-prices.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

const LOOK =
  'read the log of refresh-prices (docs/operations.md, "price-book-stale"); usage is parked meanwhile, not lost'

/** Are there prices, and are they fresh? Prices that are not fetched (own rates, configured ones) have no age. */
export function judgePrices(prices: readonly Pick<FoundPrice, 'sku' | 'ageSeconds' | 'stale'>[]): Finding {
  const fetched = prices.filter(({ ageSeconds }) => ageSeconds !== null)
  if (fetched.length === 0) return fail('prices', 'the price book is empty', LOOK)
  const stale = fetched.filter((price) => price.stale)
  const youngest = Math.min(...fetched.map(({ ageSeconds }) => ageSeconds ?? Number.POSITIVE_INFINITY))
  const age = `${fetched.length} prices, fetched ${Math.round(youngest / 60)} min ago`
  if (stale.length === fetched.length) return fail('prices', `${age}: all are too old to be charged`, LOOK)
  if (stale.length === 0) return ok('prices', age)
  const named = stale.slice(0, 3).map(({ sku }) => sku)
  return warn('prices', `${age}; ${stale.length} too old: ${named.join(', ')}`, LOOK)
}
