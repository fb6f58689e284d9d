import { stat } from 'node:fs/promises'
import * as z from 'zod'
import { formatDecimal } from '../../layers/core/money/decimals.ts'
import { NotADecimal, parseDecimal } from '../../layers/core/money/picodollars.ts'
import { readListedEntry } from '../../layers/core/prices/listed-product.ts'
import { NEVER_STALE, type Price } from '../../layers/core/prices/price.ts'
import { readPriceList } from '../../layers/core/prices/price-list-answer.ts'
import { DECLARED_SKU, familyOf, SKU_FAMILIES, TOKEN_METERS, unitOf } from '../../layers/core/prices/sku.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { readJson, UnusableFile } from './read-json.ts'

/** The prices of a file, and what is wrong with those that it has and that cannot be used. */
export interface FilePrices {
  readonly prices: readonly Price[]
  /** One sentence each. */
  readonly complaints: readonly string[]
}

/**
 * Reads a JSON file of prices, in one of these forms:
 *   an answer of GetProducts, `{"PriceList": [...]}`, or that list alone, of JSON strings or objects;
 *   an offer file of the bulk Price List, `{"offerCode", "products", "terms"}`;
 *   `{"<sku>": "<usd>"}`, or a list of `{"sku", "usd", "unit"?}`, for Tollgate's SKUs.
 * Products that no SKU stands for are passed over. The file's own age is when its prices were fetched.
 * @throws UnusableFile where it is none of these, or as a whole in doubt (empty, truncated, not in USD).
 */
export async function readPriceFile(file: string): Promise<FilePrices> {
  const json = await readJson(file)
  const { mtimeMs } = await stat(file)
  const times = { fetchedAt: Math.floor(mtimeMs) as EpochMs, validUntil: NEVER_STALE }
  const entries = listedEntries(json)
  if (entries !== undefined) return fromPriceList(file, entries, times)
  return { prices: plainPrices(file, json).map((price) => ({ ...price, ...times })), complaints: [] }
}

type Times = Pick<Price, 'fetchedAt' | 'validUntil'>

const product = z.looseObject({ product: z.unknown() })
const entriesSchema = z.array(z.string().or(product)).min(1)
const answerSchema = z.object({ PriceList: z.array(z.string().or(product)) })
const offerSchema = z.object({
  offerCode: z.string(),
  products: z.record(z.string(), z.unknown()),
  terms: z.object({ OnDemand: z.record(z.string(), z.unknown()).default({}) }),
})

/** The file's products as GetProducts gives them, JSON strings; undefined where it is no Price List of any form. */
function listedEntries(json: unknown): readonly string[] | undefined {
  const answer = answerSchema.safeParse(json)
  const list = answer.success ? answer.data.PriceList : entriesSchema.safeParse(json).data
  if (list !== undefined) return list.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)))
  const offer = offerSchema.safeParse(json)
  if (!offer.success) return undefined
  const { offerCode, products, terms } = offer.data
  return Object.entries(products).map(([sku, one]) =>
    JSON.stringify({ serviceCode: offerCode, product: one, terms: { OnDemand: terms.OnDemand[sku] } }),
  )
}

function fromPriceList(file: string, entries: readonly string[], times: Times): FilePrices {
  const regions = new Set(
    entries.map(readListedEntry).flatMap((entry) => (entry.kind === 'product' ? [entry.product.region] : [])),
  )
  const { faults, candidates } = readPriceList(entries, [...regions], times)
  const [fault] = faults
  if (fault !== undefined) throw new UnusableFile(file, `its prices are refused (${fault.fault}): ${fault.detail}`)
  return {
    prices: candidates.flatMap((candidate) => ('price' in candidate ? [candidate.price] : [])),
    complaints: candidates.flatMap((candidate) =>
      'fault' in candidate
        ? [`${file}: ${candidate.sku} has no usable price (${candidate.fault}): ${candidate.detail}`]
        : [],
    ),
  }
}

const usd = z.string().or(z.number())
const plainSchema = z
  .record(z.string(), usd)
  .transform((byName) => Object.entries(byName).map(([sku, one]) => ({ sku, usd: one, unit: undefined })))
  .or(z.array(z.object({ sku: z.string(), usd, unit: z.string().optional() })))

function plainPrices(file: string, json: unknown): readonly Omit<Price, keyof Times>[] {
  const rows = plainSchema.safeParse(json)
  if (!rows.success) {
    throw new UnusableFile(
      file,
      'it holds no prices: write {"aws/lambda/request@us-east-1": "0.0000002"}, or give an answer of GetProducts',
    )
  }
  return rows.data.map((row) => {
    const sku = row.sku as Sku
    const { unit } = unitOf(sku)
    if (!isPriced(sku)) throw new UnusableFile(file, `no meter counts "${row.sku}"; "tollgate prices" lists SKUs`)
    if (row.unit !== undefined && row.unit !== unit) {
      throw new UnusableFile(file, `${row.sku} is priced by the ${unit}, not by the ${row.unit}`)
    }
    const source = { kind: 'file', file } as const
    return { sku, usd: decimal(file, row.sku, String(row.usd)), unit, tiers: [], multiplier: '1', source }
  })
}

const FAMILIES: ReadonlySet<string> = new Set(SKU_FAMILIES.map(({ family }) => family))
const MODEL = new RegExp(`^model/[^/]+/.+/(?:${TOKEN_METERS.join('|')})(?:-over-200k)?$`)

const isPriced = (sku: Sku): boolean =>
  sku !== DECLARED_SKU &&
  (sku.startsWith('rate/') || MODEL.test(familyOf(sku)) || (FAMILIES.has(familyOf(sku)) && sku.includes('@')))

function decimal(file: string, sku: string, text: string): string {
  try {
    const value = parseDecimal(text)
    if (value.digits >= 0n) return formatDecimal(value)
  } catch (error) {
    if (!(error instanceof NotADecimal)) throw error
  }
  throw new UnusableFile(file, `"${text.slice(0, 40)}" is no price of ${sku}: write "0.0000002"`)
}
