import { compareDecimals, formatDecimal } from '../money/decimals.ts'
import { type Decimal, NotADecimal, parseDecimal } from '../money/picodollars.ts'
import type { PriceFault } from './fetched-prices.ts'
import type { ListedBand, ListedProduct } from './listed-product.ts'
import type { PriceTier } from './price.ts'

/** What a product costs, or why it cannot be said. */
export type ProductPrice =
  | {
      readonly usd: string
      readonly tiers: readonly PriceTier[]
      readonly rateCode: string
      readonly freeTier: boolean
    }
  | { readonly fault: PriceFault; readonly detail: string }

interface Band {
  readonly listed: ListedBand
  readonly begin: Decimal
  /** undefined: no end. */
  readonly end: Decimal | undefined
  /** undefined: null or absent. */
  readonly usd: Decimal | undefined
}

const ZERO_DECIMAL: Decimal = { digits: 0n, scale: 0 }

/**
 * The On-Demand price of a product in USD a unit: that of its first paid band, since free tiers belong to the account and
 * month-to-date volume to the bill. All bands are kept. `units`: the Price List units that the SKU may be priced by,
 * compared without case.
 *
 * Null, absent or zero is a price of 0 only for an item that the list itself calls free; anywhere else it is a fault.
 */
export function priceOfProduct(product: ListedProduct, units: readonly string[]): ProductPrice {
  if (product.onDemand === undefined) return { fault: 'not-on-demand', detail: `${product.sku} has no OnDemand terms` }
  const [bands, ...others] = product.onDemand
  if (bands === undefined || bands.length === 0) return { fault: 'malformed', detail: `${product.sku} has no bands` }
  if (others.length > 0) return { fault: 'ambiguous', detail: `${product.sku} has several OnDemand terms` }
  const known = units.map((unit) => unit.toLowerCase())
  const stranger = bands.find(({ unit }) => !known.includes(unit.toLowerCase()))
  if (stranger !== undefined) {
    return { fault: 'other-unit', detail: `${stranger.unit} instead of ${units.join(' or ')}` }
  }
  const sorted = sortedBands(bands)
  if (sorted === undefined) return { fault: 'tiers', detail: `bands of ${product.sku} leave gaps or overlap` }
  return firstPaidPrice(product, sorted)
}

function firstPaidPrice(product: ListedProduct, bands: readonly Band[]): ProductPrice {
  const isPaid = ({ usd }: Band): boolean => usd !== undefined && usd.digits > 0n
  const first = bands.findIndex(isPaid)
  const free = first === -1 ? bands : bands.slice(0, first)
  const doubtful = free.find((band) => !isFree(product, band, first !== -1))
  if (doubtful !== undefined) {
    const fault = doubtful.usd === undefined ? 'no-price' : 'zero'
    return { fault, detail: `${doubtful.listed.rateCode} has no price, and is not called free` }
  }
  const paid = first === -1 ? [] : bands.slice(first)
  if (!paid.every(isPaid)) return { fault: 'no-price', detail: `a later band of ${product.sku} has no price` }
  if (risesWithVolume(paid)) return { fault: 'tiers', detail: `bands of ${product.sku} get dearer with volume` }
  const used = paid[0] ?? bands[0]
  return {
    usd: formatDecimal(used?.usd ?? ZERO_DECIMAL),
    tiers: bands.map(tierOf),
    rateCode: used?.listed.rateCode ?? '',
    freeTier: first === -1,
  }
}

/** A band of 0 before a paid one is a free tier by its place; one without a figure must be called free, too. */
function isFree(product: ListedProduct, { usd, listed }: Band, paidFollows: boolean): boolean {
  if (NAMES_A_PRICE.test(listed.description)) return false
  if (paidFollows && usd !== undefined) return true
  return product.usageType.startsWith('Global-') || isCalledFree(listed.description)
}

/** "$0.20 per million requests": whatever the figure beside it says, that band is not free. */
const NAMES_A_PRICE = /^\s*(?:USD|\$)\s*[0.,]*[1-9]/i

/** "First 1,000,000 requests are free" is; "data transfer out beyond the global free tier" is not. */
const isCalledFree = (description: string): boolean => /\bfree\b/i.test(description) && !/\bbeyond\b/i.test(description)

function risesWithVolume(paid: readonly Band[]): boolean {
  return paid.some(({ usd }, place) => {
    const before = paid[place - 1]?.usd
    return before !== undefined && usd !== undefined && compareDecimals(usd, before) > 0
  })
}

const tierOf = ({ begin, end, usd }: Band): PriceTier => ({
  begin: formatDecimal(begin),
  end: end === undefined ? undefined : formatDecimal(end),
  usd: formatDecimal(usd ?? ZERO_DECIMAL),
})

/** The bands in order of volume, from 0 to infinity without a gap; undefined where they are not. */
function sortedBands(listed: readonly ListedBand[]): readonly Band[] | undefined {
  const bands = listed.map(readBand)
  if (!bands.every((band) => band !== undefined)) return undefined
  const sorted = bands.toSorted((a, b) => compareDecimals(a.begin, b.begin))
  const joins = sorted.every(({ begin }, place) => {
    const before = place === 0 ? ZERO_DECIMAL : sorted[place - 1]?.end
    return before !== undefined && compareDecimals(before, begin) === 0
  })
  return joins && sorted.at(-1)?.end === undefined ? sorted : undefined
}

function readBand(listed: ListedBand): Band | undefined {
  try {
    const begin = parseDecimal(listed.begin)
    const end = listed.end === 'Inf' ? undefined : parseDecimal(listed.end)
    const usd = listed.usd === null ? undefined : parseDecimal(listed.usd)
    if (usd !== undefined && usd.digits < 0n) return undefined
    return { listed, begin, end, usd }
  } catch (error) {
    if (error instanceof NotADecimal) return undefined
    throw error
  }
}
