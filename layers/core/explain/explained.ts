import type { PriceOrigin } from '../prices/price-source.ts'
import type { RatedSpan, Sku } from '../rating/usage.ts'

/** One priced meter: quantity x unit price x multiplier, rounded half up to the picodollar. All amounts are decimal strings. */
export interface ExplainedLine {
  readonly sku: Sku
  /** In `unit`s; cut after 18 decimals where it does not end. */
  readonly quantity: string
  readonly unit: string
  /** The whole number that was counted, and of what: `512000 MB-millisecond`; sampling weight included. */
  readonly counted: string
  /** How that number was rounded. */
  readonly rounding: string
  readonly unitPriceUsd: string
  /** The band of the price list that the unit price is of, in units; null where it has but one. */
  readonly tier: { readonly from: string; readonly to: string } | null
  readonly multiplier: string
  readonly source: PriceOrigin
  /** Where the price can be looked up: service code, usage type, operation and rate code, or a page; and its date. */
  readonly sourceDetail: string
  /** ISO 8601; null for prices that are not fetched (bundled, configured). */
  readonly fetchedAt: string | null
  /** Before the one rounding; cut after 30 decimals where it does not end. */
  readonly exactUsd: string
  readonly usd: string
}

/** Usage that waits for a price. */
export interface ExplainedParked {
  readonly sku: Sku
  readonly quantity: string
  readonly unit: string
  readonly why: 'missing' | 'stale'
}

/** How the cost of one span (or plain record) came about. */
export interface Explained {
  /** '' for a dead part; the span's id is '' for a plain record, too. */
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly commit: string
  readonly operation: string
  readonly charged: boolean
  /**
   * The rules that charge it, joined by `+`; or why it is not charged: `inner`, `no-meter`, `unmetered:<attribute>`,
   * `dead-letter:<reason>`.
   */
  readonly rule: string
  /** What was wrong with a dead part; '' for all else. */
  readonly detail: string
  /** How many spans it stands for (sampling), and why. Usage is multiplied by it. */
  readonly weight: number
  readonly weightSource: RatedSpan['weightSource']
  /** Attributes that would have metered more, and were absent. */
  readonly unmetered: readonly string[]
  /** Settings that stood in for attributes. */
  readonly assumed: readonly string[]
  /**
   * A cost that the sender declared and that does not count, as the span is rated here; beside it what this span alone
   * (weight 1) costs here. Null where none was declared, or it is what counts.
   */
  readonly declared: { readonly usd: string; readonly ratedUsd: string } | null
  readonly lines: readonly ExplainedLine[]
  readonly parked: readonly ExplainedParked[]
  readonly totalUsd: string
}
