import * as z from 'zod'
import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import type { Price } from './price.ts'

const decimal = z.string().regex(/^\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,2})?$/i)
const instant = z
  .int()
  .nonnegative()
  .transform((at) => at as EpochMs)

const source = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum(['price-list', 'snapshot', 'free-tier']),
    serviceCode: z.string(),
    usageType: z.string(),
    operation: z.string(),
    rateCode: z.string(),
    published: z.string(),
  }),
  z.object({ kind: z.literal('configured') }),
  z.object({ kind: z.literal('published'), page: z.string(), published: z.string() }),
])

const tier = z
  .object({ begin: z.string(), end: z.string().optional(), usd: decimal })
  .transform(({ begin, end, usd }) => ({ begin, end, usd }))

const storedPriceSchema = z.object({
  sku: z.string().transform((sku) => sku as Sku),
  usd: decimal,
  unit: z.string(),
  tiers: z.array(tier),
  multiplier: decimal,
  source,
  fetchedAt: instant,
  validUntil: instant,
}) satisfies z.ZodType<Price>

/** A price as one line of JSON: what the Prices table keeps. */
export const encodePrice = (price: Price): string => JSON.stringify(price)

/**
 * Reads what `encodePrice` wrote.
 * @throws SyntaxError, ZodError for anything else: a price is used whole or not at all.
 */
export const decodePrice = (text: string): Price => storedPriceSchema.parse(JSON.parse(text))
