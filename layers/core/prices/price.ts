import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'

/** 9999-12-31T23:59:59Z: prices that are not refreshed hold until they are replaced, through any outage. */
export const NEVER_STALE = 253_402_300_799_000 as EpochMs
/** The `fetchedAt` of prices that were not fetched: configured, bundled. */
export const NOT_FETCHED = 0 as EpochMs

/** Where a price came from; a bill line finds its SKU by these codes. */
export type PriceSource =
  | {
      readonly kind: 'price-list' | 'snapshot' | 'free-tier'
      readonly serviceCode: string
      readonly usageType: string
      readonly operation: string
      readonly rateCode: string
      /** The snapshot's date (`2026-11-01`); '' for a live answer. */
      readonly published: string
    }
  | { readonly kind: 'configured' }
  | { readonly kind: 'published'; readonly page: string; readonly published: string }
  /** A file that somebody gave to a command; never in a running system's book. */
  | { readonly kind: 'file'; readonly file: string }
  /** The book of a running system, as a command reads it from outside. */
  | { readonly kind: 'book'; readonly system: string; readonly generation: string }

/** One band of a tiered price; bounds in units of the SKU, `end` undefined for the last. */
export interface PriceTier {
  readonly begin: string
  readonly end: string | undefined
  readonly usd: string
}

/** USD for one unit of a SKU. */
export interface Price {
  readonly sku: Sku
  /** Decimal string, not negative: the list price of the tier that real-time cost uses (the first paid one). */
  readonly usd: string
  /** The unit as people read it: `GB-second`, `request`, `ms`. */
  readonly unit: string
  readonly tiers: readonly PriceTier[]
  /** Effective-rate multiplier (Savings Plan, discount), a decimal string; '1' for none. */
  readonly multiplier: string
  readonly source: PriceSource
  readonly fetchedAt: EpochMs
  /** From then on a lookup answers `stale`. */
  readonly validUntil: EpochMs
}

/** A lookup's answer: a price, or why not, with the last one known where there is one (for judging only). */
export type PriceLookup =
  | { readonly found: true; readonly price: Price }
  | { readonly found: false; readonly why: 'missing' | 'stale'; readonly last: Price | undefined }

/** The set of current prices, as one moment sees it. */
export interface PriceBook {
  /** Names the generations it was read from, for logs and `explain`. */
  readonly generation: string
  /** All of its prices, stale ones too, one a SKU; for people to look up. */
  readonly prices: readonly Price[]
  lookup(sku: Sku, now: EpochMs): PriceLookup
}
