import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import type { AnswerFault } from './listed-product.ts'
import type { Price } from './price.ts'

/** What one SKU's price can suffer from. Each keeps that SKU's last accepted price; all other SKUs renew. */
export type PriceFault =
  /** Was accepted before, and is no longer in the answer. */
  | 'gone'
  /** Has no On-Demand terms. */
  | 'not-on-demand'
  /** Its terms lack what a price needs, or have it in another form. */
  | 'malformed'
  /** Its bands leave gaps, overlap, or get dearer with volume. */
  | 'tiers'
  /** Is priced by another unit than its SKU counts in. */
  | 'other-unit'
  /** Null or absent, and not an item of the free tier. */
  | 'no-price'
  /** Zero, and not an item of the free tier. */
  | 'zero'
  /** Several products with different prices answer to its SKU. */
  | 'ambiguous'
  /** More than ten times, or less than a tenth of, the last accepted price. */
  | 'moved-tenfold'

/** What an answer says of one SKU. */
export type Candidate =
  | { readonly sku: Sku; readonly price: Price }
  | { readonly sku: Sku; readonly fault: PriceFault; readonly detail: string }

/** One whole answer, read but not accepted. */
export interface FetchedPrices {
  readonly fetchedAt: EpochMs
  /** At most one a SKU. */
  readonly candidates: readonly Candidate[]
  /** Every SKU that was asked for; a SKU that is kept but no longer asked for is dropped without an alarm. */
  readonly wanted: ReadonlySet<Sku>
  /** What is wrong with the answer as a whole: any of these refuses it. */
  readonly faults: readonly { readonly fault: AnswerFault; readonly detail: string }[]
}
