import { divideHalfUp, PICODOLLARS_PER_USD, type Picodollars, parseDecimal } from '../money/picodollars.ts'
import { type WholeNumber, wholeNumber } from '../money/whole-number.ts'
import type { Price } from './price.ts'
import { unitOf } from './sku.ts'

/** An exact fraction of picodollars; the denominator is positive. */
interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** What one quantum costs, in lowest terms. */
export interface Rate extends Fraction {
  /** Twice the numerator, as a number; NaN where it would not be exact. */
  readonly doubled: number
  /** The denominator, likewise. */
  readonly divisor: number
}

// A price meets thousands of quantities; its strings are read once. Weak: a book that is let go takes its rates along.
const rates = new WeakMap<Price, Rate>()

/**
 * What a quantity of a SKU costs, in picodollars: `quantity x usd x multiplier / quanta per unit`, exact until the one
 * rounding at the end, half up to the picodollar (AWS's own bill lines round half up, to 10^-10 USD).
 * `quantity` counts the SKU's quanta (sku.ts) and is not negative.
 * @throws NotADecimal if the price's `usd` or `multiplier` is no decimal: a defect of whoever made the price.
 */
export const costOf = (quantity: bigint, price: Price): Picodollars =>
  BigInt(costAt(rateOf(price), wholeNumber(quantity))) as Picodollars

/** The same, of a rate that was looked up before. */
export function costAt({ numerator, denominator, doubled, divisor }: Rate, quantity: WholeNumber): WholeNumber {
  // Nearly every cost: in integers below 2^53, whose quotient rounds down to what it is. (2qn + d) / 2d is qn / d, half up.
  const dividend = Number(quantity) * doubled + divisor
  if (dividend <= Number.MAX_SAFE_INTEGER) return Math.floor(dividend / (divisor * 2))
  return wholeNumber(divideHalfUp(BigInt(quantity) * numerator, denominator))
}

/** What `costOf` rounds: the exact cost, a fraction of picodollars. Throws as `costOf` does. */
export function unroundedCostOf(quantity: bigint, price: Price): Fraction {
  const { numerator, denominator } = rateOf(price)
  return { numerator: quantity * numerator, denominator }
}

/** What one quantum of a SKU costs. Throws as `costOf` does. */
export function rateOf(price: Price): Rate {
  const known = rates.get(price)
  if (known !== undefined) return known
  const usd = parseDecimal(price.usd)
  const multiplier = parseDecimal(price.multiplier)
  const numerator = usd.digits * multiplier.digits * PICODOLLARS_PER_USD
  const denominator = unitOf(price.sku).quantaPerUnit * 10n ** BigInt(usd.scale + multiplier.scale)
  const rate = inLowestTerms(numerator, denominator)
  rates.set(price, rate)
  return rate
}

function inLowestTerms(numerator: bigint, denominator: bigint): Rate {
  let [divisor, rest] = [numerator, denominator]
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest]
  const lowest = { numerator: numerator / divisor, denominator: denominator / divisor }
  return { ...lowest, doubled: exactly(lowest.numerator * 2n), divisor: exactly(lowest.denominator) }
}

const exactly = (value: bigint): number => (value * 2n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.NaN)
