import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideHalfUp } from '../../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../../layers/core/prices/own-rates.ts'
import type { Price } from '../../../../layers/core/prices/price.ts'
import { costOf, unroundedCostOf } from '../../../../layers/core/prices/price-usage.ts'
import { skuIn, unitOf } from '../../../../layers/core/prices/sku.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { priceOf } from './prices.ts'

const quantity = fc.bigInt({ min: 0n, max: 10n ** 18n })
const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 6n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, scale]) => {
    const text = digits.toString().padStart(scale + 1, '0')
    return scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
  })
const sku = fc.constantFrom(
  'aws/lambda/gb-second/arm64@us-east-1',
  'aws/lambda/request@us-east-1',
  'aws/dynamodb/read-unit@us-east-1',
  'rate/checkout/*',
) as fc.Arbitrary<Sku>
const price: fc.Arbitrary<Price> = fc
  .record({ sku, usd: decimal, multiplier: decimal })
  .map(({ sku, usd, multiplier }) => priceOf(sku, usd, { multiplier }))

describe('the cost of usage', () => {
  it("is AWS's figure for the worked examples of its bills, before their rounding to ten decimals", () => {
    const lambda = priceOf(skuIn('aws/lambda/gb-second/x86_64', 'us-east-1'), '0.0000166667')
    // B2: 382.373875 GB-seconds are 391,550,848 MB-ms; $0.0063729106624625 is 6,372,910,662.4625 picodollars.
    expect(costOf(391_550_848n, lambda)).toBe(6_372_910_662n)
    // B7: 17 read request units are 170 tenths.
    expect(costOf(170n, priceOf(skuIn('aws/dynamodb/read-unit', 'us-west-2'), '0.00000025'))).toBe(4_250_000n)
  })

  it('rounds half up to the picodollar, once', () => {
    const half = priceOf('aws/s3/request/tier1@us-east-1' as Sku, '0.0000000000005')
    expect(costOf(1n, half)).toBe(1n)
    expect(costOf(2n, half)).toBe(1n)
    expect(costOf(3n, half)).toBe(2n)
  })

  it('is the same in small numbers as in large ones: the exact cost, half up', () => {
    const around = fc.tuple(fc.integer({ min: 0, max: 62 }), fc.bigInt({ min: -3n, max: 3n }))
    const nearBound = around.map(([bits, apart]) => (2n ** BigInt(bits) + apart < 0n ? 0n : 2n ** BigInt(bits) + apart))
    fc.assert(
      fc.property(price, fc.oneof(quantity, nearBound), (price, quantity) => {
        const { numerator, denominator } = unroundedCostOf(quantity, price)
        expect(costOf(quantity, price)).toBe(divideHalfUp(numerator, denominator))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes the multiplier exactly', () => {
    const discounted = priceOf('aws/s3/request/tier1@us-east-1' as Sku, '0.000005', { multiplier: '0.8725' })
    expect(costOf(1_000_000n, discounted)).toBe(4_362_500_000_000n)
  })

  it('of a declared dollar is a dollar', () => {
    const [declared] = ownRates([])
    expect(costOf(1_234_567n, declared as Price)).toBe(1_234_567n)
  })

  it('of a sum is the sum of the costs, to one rounding a part', () => {
    fc.assert(
      fc.property(price, fc.array(quantity, { maxLength: 20 }), (price, quantities) => {
        const whole = costOf(
          quantities.reduce((sum, part) => sum + part, 0n),
          price,
        )
        const parts = quantities.reduce((sum, part) => sum + costOf(part, price), 0n)
        const apart = whole > parts ? whole - parts : parts - whole
        // Each rounding moves by half a picodollar at most.
        expect(apart * 2n <= BigInt(quantities.length) + 1n).toBe(true)
      }),
    )
  })

  it('of a sum is the sum of the costs to the digit, where a quantum costs whole picodollars', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 9n }), quantity, quantity, (perQuantum, a, b) => {
        const sku = 'aws/s3/request/tier1@us-east-1' as Sku
        const price = priceOf(sku, `0.${(perQuantum * unitOf(sku).quantaPerUnit).toString().padStart(12, '0')}`)
        expect(costOf(a + b, price)).toBe(costOf(a, price) + costOf(b, price))
      }),
    )
  })

  it('never falls as the quantity grows, and is never negative', () => {
    fc.assert(
      fc.property(price, quantity, quantity, (price, a, b) => {
        expect(costOf(a + b, price) >= costOf(a, price)).toBe(true)
        expect(costOf(a, price) >= 0n).toBe(true)
      }),
    )
  })
})
