import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plus, times, wholeNumber } from '../../../../layers/core/money/whole-number.ts'

const AROUND_THE_BORDER = fc.bigInt({ min: 2n ** 53n - 20n, max: 2n ** 53n + 20n })
const whole = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 80n }),
  fc.bigInt({ min: 0n, max: 2n ** 27n }),
  AROUND_THE_BORDER,
)

describe('a whole number', () => {
  it('is a number up to 2^53 - 1 and a bigint above', () => {
    expect(wholeNumber(2n ** 53n - 1n)).toBe(2 ** 53 - 1)
    expect(wholeNumber(2n ** 53n)).toBe(2n ** 53n)
  })

  it('adds and multiplies exactly, and its sums and products have the one form that their value has', () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        expect(plus(wholeNumber(a), wholeNumber(b))).toBe(wholeNumber(a + b))
        expect(times(wholeNumber(a), wholeNumber(b))).toBe(wholeNumber(a * b))
      }),
    )
  })
})
