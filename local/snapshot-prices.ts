import type { FetchedPrices } from '../layers/core/prices/fetched-prices.ts'
import { snapshotPrices } from '../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../layers/core/time/instants.ts'

/**
 * The bundled snapshot in the place of the Price List: `fetchPrices` of refresh-prices for a machine without a network.
 * `validForMs`: how long a refresh lasts.
 */
export function fetchSnapshot(
  regions: readonly string[],
  validForMs: number,
  now: () => EpochMs,
): () => Promise<FetchedPrices> {
  return async () => {
    const fetchedAt = now()
    const validUntil = (fetchedAt + validForMs) as EpochMs
    const prices = snapshotPrices(regions, { fetchedAt, validUntil })
    return {
      fetchedAt,
      candidates: prices.map((price) => ({ sku: price.sku, price })),
      wanted: new Set(prices.map(({ sku }) => sku)),
      faults: [],
    }
  }
}
