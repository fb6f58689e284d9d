import type { Configuration } from '../../layers/core/configuration.ts'
import { withMultipliers } from '../../layers/core/prices/multipliers.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { NEVER_STALE, NOT_FETCHED, type Price } from '../../layers/core/prices/price.ts'
import { modelPrices, snapshotPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'

const BUNDLED = { fetchedAt: NOT_FETCHED, validUntil: NEVER_STALE }

/**
 * The prices that a running system would have, without one: the bundled snapshot of `regions`, or `given` in its place; the
 * bundled prices of models, which the Price List does not have; the configured rates; the configured multipliers on all.
 */
export function offlinePrices(
  { rates, multipliers }: Pick<Configuration, 'rates' | 'multipliers'>,
  regions: readonly string[],
  given: readonly Price[] | undefined,
): readonly Price[] {
  const listed = given === undefined ? snapshotPrices(regions, BUNDLED) : [...modelPrices(regions, BUNDLED), ...given]
  return withMultipliers([...listed, ...ownRates(rates)], multipliers)
}
