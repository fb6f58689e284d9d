import { divideHalfUp, PICODOLLARS_PER_USD, type Picodollars, parseDecimal } from '../money/picodollars.ts'
import type { Price } from './price.ts'
import { unitOf } from './sku.ts'

/** An exact fraction of picodollars; the denominator is positive. */
interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

// A price meets thousands of quantities; its strings are read once. Weak: a book that is let go takes its rates along.
const rates = new WeakMap<Price, Fraction>()

/**
 * What a quantity of a SKU costs, in picodollars: `quantity x usd x multiplier / quanta per unit`, exact until the one
 * rounding at the end, half up to the picodollar (AWS's own bill lines round half up, to 10^-10 USD).
 * `quantity` counts the SKU's quanta (sku.ts) and is not negative.
 * @throws NotADecimal if the price's `usd` or `multiplier` is no decimal: a defect of whoever made the price.
 */
export function costOf(quantity: bigint, price: Price): Picodollars {
  const rate = rateOf(price)
  return divideHalfUp(quantity * rate.numerator, rate.denominator) as Picodollars
}

/** What `costOf` rounds: the exact cost, a fraction of picodollars. Throws as `costOf` does. */
export function unroundedCostOf(quantity: bigint, price: Price): Fraction {
  const { numerator, denominator } = rateOf(price)
  return { numerator: quantity * numerator, denominator }
}

/** What one quantum of a SKU costs. */
function rateOf(price: Price): Fraction {
  const known = rates.get(price)
  if (known !== undefined) return known
  const usd = parseDecimal(price.usd)
  const multiplier = parseDecimal(price.multiplier)
  const rate = {
    numerator: usd.digits * multiplier.digits * PICODOLLARS_PER_USD,
    denominator: unitOf(price.sku).quantaPerUnit * 10n ** BigInt(usd.scale + multiplier.scale),
  }
  rates.set(price, rate)
  return rate
}
