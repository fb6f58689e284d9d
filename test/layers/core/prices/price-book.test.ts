import { describe, expect, it } from 'vitest'
import { withMultipliers } from '../../../../layers/core/prices/multipliers.ts'
import { ownRates } from '../../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { priceOf } from './prices.ts'

const REQUEST = 'aws/lambda/request@us-east-1' as Sku
const at = (ms: number): EpochMs => ms as EpochMs

describe('a price book', () => {
  const price = priceOf(REQUEST, '0.0000002')
  const book = createPriceBook([price], 'g')

  it('finds a price until the instant it runs out, and then answers stale with the last one known', () => {
    expect(book.lookup(REQUEST, at(899_999))).toEqual({ found: true, price })
    expect(book.lookup(REQUEST, at(900_000))).toEqual({ found: false, why: 'stale', last: price })
  })

  it('answers missing for what it does not have', () => {
    const elsewhere = 'aws/lambda/request@eu-west-1' as Sku
    expect(book.lookup(elsewhere, at(0))).toEqual({ found: false, why: 'missing', last: undefined })
  })
})

describe('own rates', () => {
  const book = createPriceBook(
    ownRates([
      { service: 'prod/shop', operation: '*', usdPerMs: '0.000001' },
      { service: 'prod/shop', operation: 'GET /cart', usdPerMs: '0.000002' },
      { service: '*', operation: '*', usdPerMs: '0.000003' },
    ]),
    'g',
  )
  const usdOf = (sku: string): string | undefined => {
    const found = book.lookup(sku as Sku, at(4_000_000_000_000))
    return found.found ? found.price.usd : undefined
  }

  it('never turn stale, and neither does a declared cost', () => {
    expect(usdOf('rate/prod/shop/*')).toBe('0.000001')
    expect(usdOf('rate/prod/shop/GET /cart')).toBe('0.000002')
    expect(usdOf('edge/declared')).toBe('1')
  })

  it('of all others price a service that has none', () => {
    expect(usdOf('rate/prod/blog/*')).toBe('0.000003')
  })

  it('of all others do not price an operation whose own rate was taken away', () => {
    expect(usdOf('rate/prod/shop/GET /gone')).toBeUndefined()
  })
})

describe('multipliers', () => {
  const prices = [priceOf(REQUEST, '0.0000002'), priceOf('aws/s3/request/tier1@us-east-1' as Sku, '0.000005')]

  it('go to the first pattern that matches, and leave all other prices alone', () => {
    const rules = [
      { sku: 'aws/lambda/*@us-east-1', multiplier: '0.83' },
      { sku: 'aws/lambda/*', multiplier: '0.5' },
    ]
    expect(withMultipliers(prices, rules).map(({ multiplier }) => multiplier)).toEqual(['0.83', '1'])
  })

  it('take everything but the star literally', () => {
    const rules = [{ sku: 'aws.lambda.request@us-east-1', multiplier: '0' }]
    expect(withMultipliers(prices, rules).map(({ multiplier }) => multiplier)).toEqual(['1', '1'])
  })
})
