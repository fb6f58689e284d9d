import type { PriceList } from '../../layers/adapters/price-list.ts'
import type { FetchedPrices } from '../../layers/core/prices/fetched-prices.ts'
import { readPriceList } from '../../layers/core/prices/price-list-answer.ts'
import { modelPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

export interface FetchPricesSettings {
  readonly priceList: Pick<PriceList, 'readEntries'>
  readonly regions: readonly string[]
  /** How long a fetched price is valid, ms. */
  readonly validForMs: number
  readonly now: () => EpochMs
}

/**
 * Makes `fetchPrices` of the live system: the Price List of the regions, and the bundled prices of models. Validity counts
 * from before the first page, so a slow answer is not valid for longer.
 */
export function fetchFromPriceList(settings: FetchPricesSettings): () => Promise<FetchedPrices> {
  return async () => {
    const fetchedAt = settings.now()
    const times = { fetchedAt, validUntil: (fetchedAt + settings.validForMs) as EpochMs }
    const listed = readPriceList(await settings.priceList.readEntries(), settings.regions, times)
    // Nothing of the Price List must stay an empty answer, however many models are bundled.
    if (listed.candidates.length === 0) {
      return { ...listed, faults: [...listed.faults, { fault: 'empty', detail: 'no product of any SKU family' }] }
    }
    const models = modelPrices(settings.regions, times)
    return {
      ...listed,
      candidates: [...listed.candidates, ...models.map((price) => ({ sku: price.sku, price }))],
      wanted: new Set([...listed.wanted, ...models.map(({ sku }) => sku)]),
    }
  }
}
