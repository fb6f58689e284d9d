import type { Rate } from '../configuration.ts'
import type { Sku } from '../rating/usage.ts'
import { NEVER_STALE, NOT_FETCHED, type Price } from './price.ts'
import { DECLARED_SKU } from './sku.ts'

/** What every service's own rate is priced under, `*` standing for all others: `rate/<service>/<operation>`. */
const rateSku = (service: string, operation: string): Sku => `rate/${service}/${operation}` as Sku

/** A cost that the sender declared, in USD: 1 USD costs 1 USD, in every region and for ever. */
const DECLARED_COST: Price = configured(DECLARED_SKU, '1', 'USD')

/** The configured rates as prices, USD for a millisecond, and the built-in price of declared costs. */
export function ownRates(rates: readonly Rate[]): readonly Price[] {
  return [
    ...rates.map(({ service, operation, usdPerMs }) => configured(rateSku(service, operation), usdPerMs, 'ms')),
    DECLARED_COST,
  ]
}

function configured(sku: Sku, usd: string, unit: string): Price {
  return {
    sku,
    usd,
    unit,
    tiers: [],
    multiplier: '1',
    source: { kind: 'configured' },
    fetchedAt: NOT_FETCHED,
    validUntil: NEVER_STALE,
  }
}
