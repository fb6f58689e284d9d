import * as z from 'zod'
import type { SignGet } from '../../layers/adapters/request-signer.ts'
import type { FoundPrice } from '../../layers/core/prices/find-prices.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { askExplore } from '../explore-api.ts'

const schema = z.object({
  generation: z.string(),
  found: z.int(),
  prices: z.array(
    z.object({
      sku: z.string().transform((text) => text as Sku),
      unit: z.string(),
      usd: z.string(),
      multiplier: z.string(),
      tiers: z.array(z.object({ from: z.string(), to: z.string(), usd: z.string() })),
      source: z.enum(['price-list', 'snapshot', 'free-tier', 'configured', 'file']),
      sourceDetail: z.string(),
      rateCode: z.string(),
      fetchedAt: z.string().nullable(),
      ageSeconds: z.number().nullable(),
      stale: z.boolean(),
    }),
  ),
})

/** Prices of a book that were found by words: `GET /v1/prices`. `found` counts also those that a limit left out. */
export interface FoundPrices {
  readonly generation: string
  readonly found: number
  readonly prices: readonly FoundPrice[]
}

/** Asks a running system for the prices in which all words occur. Throws what askExplore throws. */
export async function readPrices(
  base: URL,
  words: readonly string[],
  limit: number,
  sign: SignGet | undefined,
): Promise<FoundPrices> {
  const parameters = { words: words.join(' '), limit: String(limit) }
  return (await askExplore(base, { path: '/v1/prices', parameters, schema }, sign)).answer
}
