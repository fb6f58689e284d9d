import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import type { Candidate, FetchedPrices } from './fetched-prices.ts'
import { type ListedEntry, type ListedProduct, readListedEntry } from './listed-product.ts'
import type { Price, PriceSource } from './price.ts'
import { type ProductPrice, priceOfProduct } from './price-of-product.ts'
import { SKU_FAMILIES, type SkuFamily, skuIn } from './sku.ts'

/**
 * What may stand before a usage type, by service and region: nothing, `USE1-`, `EU-`, `us-east-1-`. A prefix without a
 * digit, `IA-` or `Lambda-Edge-`, makes another product.
 */
const REGION_PREFIX = /^(?:EU-|[A-Z]{2,4}\d-|[a-z]{2}(?:-[a-z]+)+-\d-)?$/

export interface AnswerTimes {
  readonly fetchedAt: EpochMs
  /** Prices of this answer turn stale then. */
  readonly validUntil: EpochMs
}

/**
 * Reads all `PriceList` entries of a refresh (JSON strings, as GetProducts gives them) for the SKU families in the given
 * regions. Products that no family knows are passed over: a service lists hundreds. Never throws.
 */
export function readPriceList(
  entries: readonly string[],
  regions: readonly string[],
  times: AnswerTimes,
): FetchedPrices {
  const read = entries.map(readListedEntry)
  const products = read.flatMap((entry) => (entry.kind === 'product' ? [entry.product] : []))
  const pairs = SKU_FAMILIES.flatMap((family) => regions.map((region) => ({ family, region })))
  return {
    fetchedAt: times.fetchedAt,
    wanted: new Set(pairs.map(({ family, region }) => skuIn(family.family, region))),
    candidates: pairs.flatMap(({ family, region }) => candidateOf(family, region, products, times)),
    faults: faultsOf(read),
  }
}

function faultsOf(read: readonly ListedEntry[]): FetchedPrices['faults'] {
  if (read.length === 0) return [{ fault: 'empty', detail: 'no products' }]
  return read.flatMap((entry) => (entry.kind === 'fault' ? [{ fault: entry.fault, detail: entry.detail }] : []))
}

function candidateOf(
  family: SkuFamily,
  region: string,
  products: readonly ListedProduct[],
  times: AnswerTimes,
): readonly Candidate[] {
  const sku = skuIn(family.family, region)
  const matching = products.filter((product) => product.region === region && isOf(family, product))
  const priced = matching.map((product) => ({ product, price: priceOfProduct(product, family.listUnits) }))
  const sound = priced.flatMap(({ product, price }) => ('usd' in price ? [{ product, price }] : []))
  const faulty = priced.map(({ price }) => price).find((price) => 'fault' in price)
  // A free product beside a paid one is its free tier.
  const paid = sound.filter(({ price }) => !price.freeTier)
  const [chosen, ...others] = (paid.length > 0 ? paid : sound).toSorted((a, b) =>
    a.product.sku < b.product.sku ? -1 : 1,
  )
  if (faulty !== undefined && 'fault' in faulty) return [{ sku, ...faulty }]
  if (chosen === undefined) return []
  const other = others.find(({ price }) => price.usd !== chosen.price.usd)
  if (other !== undefined) {
    return [{ sku, fault: 'ambiguous', detail: `${chosen.product.sku} and ${other.product.sku} both answer to it` }]
  }
  return [{ sku, price: priceFrom(sku, family, chosen.product, chosen.price, times) }]
}

/** Is the product the family's, in whatever region. */
function isOf(family: SkuFamily, { serviceCode, usageType, attributes }: ListedProduct): boolean {
  return (
    serviceCode === family.serviceCode &&
    family.usageTypes.some((type) => isUsageType(usageType, type)) &&
    Object.entries(family.attributes).every(([name, value]) => attributes[name] === value)
  )
}

const isUsageType = (given: string, wanted: string): boolean =>
  given.endsWith(wanted) && REGION_PREFIX.test(given.slice(0, given.length - wanted.length))

function priceFrom(
  sku: Sku,
  family: SkuFamily,
  product: ListedProduct,
  { usd, tiers, rateCode, freeTier }: Exclude<ProductPrice, { fault: unknown }>,
  times: AnswerTimes,
): Price {
  const source: PriceSource = {
    kind: freeTier ? 'free-tier' : 'price-list',
    serviceCode: product.serviceCode,
    usageType: product.usageType,
    operation: product.operation,
    rateCode,
    published: '',
  }
  return { sku, usd, unit: family.unit, tiers, multiplier: '1', source, ...times }
}
