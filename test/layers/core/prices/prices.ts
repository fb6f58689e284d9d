import type { Price } from '../../../../layers/core/prices/price.ts'
import { unitOf } from '../../../../layers/core/prices/sku.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

/** A price as a refresh at instant 0 accepts it, valid for 15 minutes. */
export function priceOf(sku: Sku, usd: string, changes: Partial<Price> = {}): Price {
  return {
    sku,
    usd,
    unit: unitOf(sku).unit,
    tiers: [],
    multiplier: '1',
    source: {
      kind: 'price-list',
      serviceCode: 'AWSLambda',
      usageType: 'Request',
      operation: '',
      rateCode: 'GU2ZS9HVP6QTQ7KE.JRTCKXETXF.6YS6EN2CT7',
      published: '',
    },
    fetchedAt: 0 as EpochMs,
    validUntil: 900_000 as EpochMs,
    ...changes,
  }
}
