import { formatUsd } from '../../core/money/picodollars.ts'
import type { Span } from '../../core/otlp/span.ts'
import type { PriceBook } from '../../core/prices/price.ts'
import { costOf } from '../../core/prices/price-usage.ts'
import { regionOf } from '../../core/prices/sku.ts'
import { rateSpan } from '../../core/rating/rate-span.ts'
import type { RatingContext } from '../../core/rating/rating-context.ts'
import { homeRegion } from '../../core/rating/region.ts'
import type { Sku, Usage } from '../../core/rating/usage.ts'
import type { EpochMs } from '../../core/time/instants.ts'

const NS_PER_MS = 1e6

/** What a charged span costs, as attributes; docs/edge.md says what each means. */
export interface PricedSpan {
  readonly 'cost.amount': number
  readonly 'cost.amount_exact': string
  readonly 'cost.currency': 'USD'
  readonly 'cost.pricing_region': string
  readonly 'cost.duration_ms': number
}

/** A charged span one of whose meters has no price now, and which. */
export interface UnpricedSpan {
  readonly sku: Sku
  readonly why: 'missing' | 'stale'
}

/**
 * Prices one span with the ledger's raters, prices and arithmetic: what `tollgate explain` says of it, for the span itself and not
 * for those that sampling left out (weight 1). Each meter is rounded half up to the picodollar. Undefined: it is not charged.
 * A span that lacks one price has none: half a cost would pass for the whole. `now`, epoch ms, decides what is stale.
 */
export function priceSpan(
  span: Span,
  context: RatingContext,
  book: PriceBook,
  now: EpochMs,
): PricedSpan | UnpricedSpan | undefined {
  const { usage } = rateSpan(span, context)
  if (usage.length === 0) return undefined
  let total = 0n
  for (const { sku, quantity } of usage) {
    const found = book.lookup(sku, now)
    if (!found.found) return { sku, why: found.why }
    total += costOf(BigInt(quantity), found.price)
  }
  const exact = formatUsd(total)
  return {
    'cost.amount': Number(exact),
    'cost.amount_exact': exact,
    'cost.currency': 'USD',
    'cost.pricing_region': regionOfUsage(usage) ?? homeRegion(span.resource.attributes) ?? context.settings.region,
    'cost.duration_ms': span.durationNs / NS_PER_MS,
  }
}

/** Of a service's own rate there is one price for all regions. */
function regionOfUsage(usage: readonly Usage[]): string | undefined {
  for (const { sku } of usage) {
    const region = regionOf(sku)
    if (region !== '') return region
  }
  return undefined
}
