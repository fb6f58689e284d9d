import type { EpochMs } from '../time/instants.ts'
import type { Price } from './price.ts'

/** The prices of one refresh. Readers see one generation or another, never parts of two. */
export interface Generation {
  /** Sorts by age as text, and is never used twice: `2026-11-24T09:10:00.000Z#5f0c2b1e`. */
  readonly id: string
  readonly fetchedAt: EpochMs
  readonly prices: readonly Price[]
}

/** Names a generation; `unique` tells apart two refreshes of one millisecond. */
export const generationId = (fetchedAt: EpochMs, unique: string): string =>
  `${new Date(fetchedAt).toISOString()}#${unique}`
