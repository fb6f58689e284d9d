import type { PriceSource, PriceTier } from '../price.ts'

/** One bundled price, the same in all its regions. */
export interface SnapshotRow {
  /** What stands before `@` in the SKU. */
  readonly family: string
  /** Empty: the SKU has no region. */
  readonly regions: readonly string[]
  readonly usd: string
  readonly tiers: readonly PriceTier[]
  readonly source: PriceSource
}

/** The bundled prices: prices.snapshot.json, made by scripts/make-price-snapshot.ts. */
export interface Snapshot {
  readonly rows: readonly SnapshotRow[]
}
