import { describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../../layers/core/configuration.ts'
import { readEdgeBook, writeEdgeBook } from '../../../../layers/core/prices/edge-book.ts'
import { ownRates } from '../../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'

const { rating, rates } = configurationSchema.parse({ rates: [{ service: 'shop', usdPerMs: '0.0000021' }] })
const written = () => JSON.parse(writeEdgeBook({ book: createPriceBook(ownRates(rates), 'g1'), rating, rates }))

describe('the price book for edges', () => {
  it.each([
    ['no document', null],
    ['a text', 'prices'],
    ['a flags document', { flags: [] }],
    ['a later format', { ...written(), format: 2 }],
    ['a price that is no decimal', { ...written(), prices: [['edge/declared', 'free', '1', 1]] }],
    ['a price that is negative', { ...written(), prices: [['edge/declared', '-1', '1', 1]] }],
    ['a price without its end', { ...written(), prices: [['edge/declared', '1', '1']] }],
    ['rates of no service', { ...written(), rates: [{ usdPerMs: '1' }] }],
    ['more prices than there are', { ...written(), prices: Array(20_001).fill(['edge/declared', '1', '1', 1]) }],
  ])('is whole or none: %s is none', (_, json) => {
    expect(readEdgeBook(json)).toBeUndefined()
  })

  it('may say more than a reader of this version knows', () => {
    const later = written()
    later.rating.assume.spotMarket = true
    later.rating.rounding = 'up'
    later.rates[0].note = 'new'
    later.publishedBy = 'refresh-prices'
    expect(readEdgeBook(later)).toMatchObject({ rating, rates })
  })
})
