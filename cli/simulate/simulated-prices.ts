import { PICODOLLARS_PER_USD } from '../../layers/core/money/picodollars.ts'
import { NOT_FETCHED, type PriceBook } from '../../layers/core/prices/price.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { unitOf } from '../../layers/core/prices/sku.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What all usage of the simulated service is. */
export const SIMULATED_SKU = 'aws/lambda/gb-second/arm64@us-east-1' as Sku
/** USD a GB-second, as AWS lists it for us-east-1. */
const USD = '0.0000133334'

const QUANTUM_COST = (Number(USD) * Number(PICODOLLARS_PER_USD)) / Number(unitOf(SIMULATED_SKU).quantaPerUnit)

/** The usage that costs about so many picodollars, in quanta. */
export const quantityOf = (cost: number): bigint => BigInt(Math.round(cost / QUANTUM_COST))

/** A book whose one price is valid until then. */
export const simulatedBook = (validUntil: EpochMs): PriceBook =>
  createPriceBook(
    [
      {
        sku: SIMULATED_SKU,
        usd: USD,
        unit: 'GB-second',
        tiers: [],
        multiplier: '1',
        source: { kind: 'configured' },
        fetchedAt: NOT_FETCHED,
        validUntil,
      },
    ],
    'simulated',
  )
