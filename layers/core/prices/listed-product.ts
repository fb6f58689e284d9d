import * as z from 'zod'

/** One band of an On-Demand price as the Price List gives it. `usd` null: no price, or one that is null. */
export interface ListedBand {
  readonly begin: string
  /** 'Inf' for the last. */
  readonly end: string
  readonly usd: string | null
  readonly unit: string
  readonly rateCode: string
  readonly description: string
}

/** One product of a GetProducts answer, with its On-Demand bands as listed: unsorted, unchecked. */
export interface ListedProduct {
  readonly serviceCode: string
  readonly sku: string
  readonly usageType: string
  readonly operation: string
  readonly region: string
  /** All product attributes, for the filters of SKU families. */
  readonly attributes: { readonly [name: string]: string }
  /** Bands of each On-Demand term; `undefined` where the product has terms, but no On-Demand one. */
  readonly onDemand: readonly (readonly ListedBand[])[] | undefined
}

/** What a whole answer can suffer from. Each refuses the generation. */
export type AnswerFault = 'empty' | 'truncated' | 'not-usd'

export type ListedEntry =
  | { readonly kind: 'product'; readonly product: ListedProduct }
  /** Valid JSON, but not a product that could be named: the SKU it was meant for will be found gone. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'fault'; readonly fault: AnswerFault; readonly detail: string }

const attributes = z.record(z.string(), z.unknown()).transform(stringsOf)

const dimension = z.object({
  unit: z.string(),
  beginRange: z.string(),
  endRange: z.string(),
  rateCode: z.string(),
  description: z.string().default(''),
  pricePerUnit: z.record(z.string(), z.string().nullable()).nullable().default(null),
})

const term = z.object({ priceDimensions: z.record(z.string(), dimension) })

const entrySchema = z.object({
  serviceCode: z.string().optional(),
  product: z.object({ sku: z.string().default(''), attributes }),
  terms: z.record(z.string(), z.unknown()).default({}),
})

/** A broken band must not make its product vanish: it is read as one without terms that can be used. */
const onDemandSchema = z.record(z.string(), term)

/**
 * Reads one entry of `PriceList`, which is a JSON string (AWS Price List Query API, GetProducts). Never throws.
 * `serviceCode`, `usagetype` and `regionCode` name a product; all else may be missing and is judged later.
 */
export function readListedEntry(text: string): ListedEntry {
  const json = parseJson(text)
  if (json === undefined) return { kind: 'fault', fault: 'truncated', detail: `no JSON: "${text.slice(0, 60)}"` }
  const parsed = entrySchema.safeParse(json)
  if (!parsed.success) return { kind: 'unreadable', detail: z.prettifyError(parsed.error) }
  const { product, terms } = parsed.data
  const named = product.attributes
  const { usagetype: usageType } = named
  // Data transfer has no region of its own, but one that it leaves.
  const region = named.regionCode ?? named.fromRegionCode
  const serviceCode = parsed.data.serviceCode ?? named.servicecode
  if (serviceCode === undefined || usageType === undefined || region === undefined) {
    return { kind: 'unreadable', detail: `product "${product.sku}" lacks serviceCode, usagetype or regionCode` }
  }
  const onDemand = readOnDemand(terms)
  if (onDemand === 'not-usd') {
    return { kind: 'fault', fault: 'not-usd', detail: `${serviceCode} ${usageType} is priced in another currency` }
  }
  const operation = named.operation ?? ''
  return {
    kind: 'product',
    product: { serviceCode, sku: product.sku, usageType, operation, region, attributes: named, onDemand },
  }
}

function readOnDemand(terms: Record<string, unknown>): ListedProduct['onDemand'] | 'not-usd' {
  if (terms.OnDemand === undefined || terms.OnDemand === null) return undefined
  const parsed = onDemandSchema.safeParse(terms.OnDemand)
  if (!parsed.success) return []
  const dimensions = Object.values(parsed.data).map(({ priceDimensions }) => Object.values(priceDimensions))
  if (dimensions.flat().some(({ pricePerUnit }) => isForeign(pricePerUnit))) return 'not-usd'
  return dimensions.map((bands) =>
    bands.map(({ unit, beginRange, endRange, rateCode, description, pricePerUnit }) => {
      return { begin: beginRange, end: endRange, usd: pricePerUnit?.USD ?? null, unit, rateCode, description }
    }),
  )
}

const isForeign = (perUnit: Record<string, string | null> | null): boolean =>
  perUnit !== null && Object.keys(perUnit).length > 0 && !('USD' in perUnit)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function stringsOf(attributes: Record<string, unknown>): { readonly [name: string]: string } {
  const strings = Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(strings)
}
