import type { Configuration } from '../configuration.ts'
import { wildcard } from '../identity/wildcard.ts'
import type { Price } from './price.ts'

/** Configured effective-rate multipliers: Savings Plan, discount program, private pricing. First match wins. */
export type Multipliers = Configuration['multipliers']

/**
 * The prices with their configured multipliers, visible in `Price.multiplier`; those that no pattern matches keep
 * theirs. Applied where a book is made, not where it is stored: a changed discount counts from the next deploy on.
 */
export function withMultipliers(prices: readonly Price[], multipliers: Multipliers): readonly Price[] {
  if (multipliers.length === 0) return prices
  const rules = multipliers.map(({ sku, multiplier }) => ({ matches: wildcard(sku), multiplier }))
  return prices.map((price) => {
    const rule = rules.find(({ matches }) => matches.test(price.sku))
    return rule === undefined ? price : { ...price, multiplier: rule.multiplier }
  })
}
