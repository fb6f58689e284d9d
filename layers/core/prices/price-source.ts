import type { PriceSource } from './price.ts'

/** Where a price came from, as people are told. `snapshot`: bundled, whether from the Price List or from a published page. */
export type PriceOrigin = 'price-list' | 'snapshot' | 'free-tier' | 'configured' | 'file' | 'book'

export const originOf = (source: PriceSource): PriceOrigin => (source.kind === 'published' ? 'snapshot' : source.kind)

/** Where a price can be looked up, in one line: service code, usage type, operation and rate code, or a page; and its date. */
export function sourceDetail(source: PriceSource): string {
  switch (source.kind) {
    case 'configured':
      return 'rates in the configuration'
    case 'published':
      return `${source.page}, ${source.published}`
    case 'file':
      return source.file
    case 'book':
      return `${source.system}, generation ${source.generation}`
    default:
      return [source.serviceCode, source.usageType, source.operation, source.rateCode, source.published]
        .filter((part) => part !== '')
        .join(' ')
  }
}

/** The Price List's rate code, by which a bill line finds its price; '' where the price has none. */
export const rateCodeOf = (source: PriceSource): string => ('rateCode' in source ? source.rateCode : '')
