import * as z from 'zod'
import { type Rate, type RatingSettings, rateSchema, ratingSchema } from '../configuration.ts'
import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import { NOT_FETCHED, type Price, type PriceBook } from './price.ts'
import { createPriceBook } from './price-book.ts'
import { unitOf } from './sku.ts'

/** All that a service needs to price its own spans: the rules and the prices that the ledger uses. */
export interface EdgeBook {
  readonly book: PriceBook
  readonly rating: RatingSettings
  readonly rates: readonly Rate[]
}

/** Grows when an older reader would rate otherwise than the ledger does; a reader refuses what is newer. */
const FORMAT = 1
/** 30 regions of 40 families and some thousand models. */
const PRICES_MAX = 20_000

/**
 * The price book as services read it, JSON. A price is `[sku, usd, multiplier, valid until]`, epoch ms: where it comes from and its
 * bands are for people. The same book is the same bytes, so a hash of them is a strong validator (RFC 9110, 8.8.1).
 */
export function writeEdgeBook({ book, rating, rates }: EdgeBook): string {
  const prices = book.prices.map(({ sku, usd, multiplier, validUntil }) => [sku, usd, multiplier, validUntil])
  return JSON.stringify({ format: FORMAT, generation: book.generation, rating, rates, prices })
}

type PriceRow = readonly [sku: string, usd: string, multiplier: string, validUntil: number]

const DECIMAL = /^\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,2})?$/i
const SKU_MAX = 600

/** By hand: a service parses thousands of these between two requests, and a schema takes five times as long. */
const isPriceRow = (row: unknown): row is PriceRow =>
  Array.isArray(row) &&
  row.length === 4 &&
  typeof row[0] === 'string' &&
  row[0].length > 0 &&
  row[0].length <= SKU_MAX &&
  isDecimal(row[1]) &&
  isDecimal(row[2]) &&
  Number.isSafeInteger(row[3]) &&
  row[3] >= 0

const isDecimal = (value: unknown): boolean => typeof value === 'string' && DECIMAL.test(value)

const documentSchema = z.object({
  format: z.literal(FORMAT),
  generation: z.string().max(200),
  rating: ratingSchema,
  rates: z.array(rateSchema).max(1000),
  prices: z.custom<readonly PriceRow[]>(
    (rows) => Array.isArray(rows) && rows.length <= PRICES_MAX && rows.every(isPriceRow),
  ),
})

/**
 * Reads what `writeEdgeBook` wrote, from outside; undefined where it is anything else: a book with half its prices would price
 * spans at half. Settings that a later version adds are left out, as its `format` allows it.
 */
export function readEdgeBook(json: unknown): EdgeBook | undefined {
  const first = documentSchema.safeParse(json)
  const { success, data } = first.success ? first : documentSchema.safeParse(withoutUnknown(json, first.error))
  if (!success) return undefined
  const prices = data.prices.map(([sku, usd, multiplier, validUntil]) =>
    priceOf(sku as Sku, usd, multiplier, validUntil),
  )
  return { book: createPriceBook(prices, data.generation), rating: data.rating, rates: data.rates }
}

function priceOf(sku: Sku, usd: string, multiplier: string, validUntil: number): Price {
  return {
    sku,
    usd,
    unit: unitOf(sku).unit,
    tiers: [],
    multiplier,
    source: { kind: 'configured' },
    fetchedAt: NOT_FETCHED,
    validUntil: validUntil as EpochMs,
  }
}

/** The document without the members that its schema, strict for people who write configurations, refuses it for. */
function withoutUnknown(json: unknown, error: z.ZodError): unknown {
  for (const issue of error.issues) {
    if (issue.code !== 'unrecognized_keys') continue
    const owner = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], json)
    for (const key of issue.keys) delete (owner as Record<string, unknown>)[key]
  }
  return json
}
