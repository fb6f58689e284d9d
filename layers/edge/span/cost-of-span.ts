import type { Resource } from '../../core/otlp/span.ts'
import type { PriceBook } from '../../core/prices/price.ts'
import type { RatingContext } from '../../core/rating/rating-context.ts'
import type { EpochMs } from '../../core/time/instants.ts'
import type { EndingSpan } from './ending-span.ts'
import { type PricedSpan, priceSpan } from './price-span.ts'
import { readResource, readSpan } from './read-span.ts'

/** A price book with the rules that go with it. */
export interface BookInForce {
  readonly book: PriceBook
  readonly context: RatingContext
}

/** What is put on a span; undefined where it is not charged. */
export type CostAttributes = PricedSpan | { readonly 'cost.error': string } | undefined

export interface CostOfSpanSettings {
  readonly inForce: () => BookInForce | undefined
  /** How the last fetch of the book went: `ok`, or why there is no news. */
  readonly bookState: () => string
  /** By the clock of whoever serves the book. */
  readonly now: () => EpochMs
  /** Gets the service of each resource that spans come from, once. */
  readonly observeService: (service: string) => void
}

/**
 * Makes the function that says what to put on a span that ends. Without a book `cost.error` is `no-book:<why>`; with one it is
 * `missing:<SKU>`, `stale:<why no newer one came>` (`not-renewed`: whoever serves it has none), or `resource-pending` while a detector still looks where the service runs.
 */
export function costOfSpan(settings: CostOfSpanSettings): (span: EndingSpan) => CostAttributes {
  // A provider's spans share one resource object. Weak: a provider that is let go takes it along.
  const resources = new WeakMap<object, Resource>()
  const resourceOf = ({ resource }: EndingSpan): Resource | undefined => {
    const known = resources.get(resource)
    if (known !== undefined) return known
    if (resource.asyncAttributesPending === true) return undefined
    const read = readResource(resource.attributes)
    resources.set(resource, read)
    settings.observeService(read.service)
    return read
  }

  return (span) => {
    const resource = resourceOf(span)
    const inForce = settings.inForce()
    if (resource === undefined) return { 'cost.error': 'resource-pending' }
    if (inForce === undefined) return { 'cost.error': `no-book:${settings.bookState()}` }
    const read = readSpan(span, resource)
    if (read === undefined) return undefined
    const priced = priceSpan(read, inForce.context, inForce.book, settings.now())
    if (priced === undefined || !('why' in priced)) return priced
    if (priced.why === 'missing') return { 'cost.error': `missing:${priced.sku}` }
    const state = settings.bookState()
    return { 'cost.error': `stale:${state === 'ok' ? 'not-renewed' : state}` }
  }
}
