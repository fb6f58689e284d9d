import type { PriceBook } from './price.ts'
import { regionOf } from './sku.ts'

/** The AWS regions of which a book has any price: what it lacks there, its source lacks, and naming the region again is no help. */
export function pricedRegions({ prices }: Pick<PriceBook, 'prices'>): ReadonlySet<string> {
  const ofAws = prices.filter(({ sku }) => sku.startsWith('aws/'))
  return new Set(ofAws.map(({ sku }) => regionOf(sku)).filter((region) => region !== ''))
}
