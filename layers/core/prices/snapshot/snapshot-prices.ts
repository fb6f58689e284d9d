import type { Sku } from '../../rating/usage.ts'
import type { Price } from '../price.ts'
import type { AnswerTimes } from '../price-list-answer.ts'
import { skuIn, unitOf } from '../sku.ts'
import bundled from './prices.snapshot.json' with { type: 'json' }
import type { Snapshot, SnapshotRow } from './snapshot.ts'

const snapshot = bundled as Snapshot

/** All regions for which the snapshot has any price, sorted. */
export const SNAPSHOT_REGIONS: readonly string[] = [...new Set(snapshot.rows.flatMap(({ regions }) => regions))].sort()

/** The bundled prices of the given regions, and those that have none. Each names its source and that source's date. */
export function snapshotPrices(regions: readonly string[], times: AnswerTimes): readonly Price[] {
  return snapshot.rows.flatMap((row) => pricesOf(row, regions, times))
}

/** The bundled prices of models: the Price List has no SKU for each of them that could be told from a span. */
export function modelPrices(regions: readonly string[], times: AnswerTimes): readonly Price[] {
  return snapshotPrices(regions, times).filter(({ sku }) => sku.startsWith('model/'))
}

function pricesOf(row: SnapshotRow, regions: readonly string[], times: AnswerTimes): readonly Price[] {
  const skus =
    row.regions.length === 0
      ? [row.family as Sku]
      : row.regions.filter((region) => regions.includes(region)).map((region) => skuIn(row.family, region))
  return skus.map((sku) => {
    const { usd, tiers, source } = row
    return { sku, usd, unit: unitOf(sku).unit, tiers, multiplier: '1', source, ...times }
  })
}
