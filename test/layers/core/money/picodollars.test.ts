import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  divideHalfUp,
  formatUsd,
  NotADecimal,
  parseDecimal,
  parseUsd,
} from '../../../../layers/core/money/picodollars.ts'

describe('picodollars', () => {
  it('come back the same from decimal text and back', () => {
    fc.assert(fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), (amount) => parseUsd(formatUsd(amount)) === amount))
  })

  it.each([
    ['0', 0n],
    ['-0', 0n],
    ['1', 1_000_000_000_000n],
    ['0.0000166667', 16_666_700n],
    ['1.25e-7', 125_000n],
    ['2.5E+2', 250_000_000_000_000n],
    ['0.0000000000005', 1n],
    ['0.00000000000049', 0n],
    ['-0.0000000000005', -1n],
  ])('reads %s', (text, amount) => {
    expect(parseUsd(text)).toBe(amount)
  })

  it.each(['', ' 1', '1 ', '1,000', '.5', '1.', 'NaN', 'Infinity', '0x10', '1e400', '--1', '1'.repeat(41), '٣'])(
    'refuses "%s", which is no decimal number',
    (text) => {
      expect(() => parseUsd(text)).toThrow(NotADecimal)
    },
  )

  it('says what was given, cut short, and how to write it', () => {
    expect(() => parseUsd('x'.repeat(500))).toThrow(`"${'x'.repeat(40)}" is not a decimal number: write it as "12.34"`)
  })

  it('keeps a decimal exact, whatever its exponent', () => {
    expect(parseDecimal('12.50e3')).toEqual({ digits: 12_500n, scale: 0 })
    expect(parseDecimal('12.50e-3')).toEqual({ digits: 1250n, scale: 5 })
  })

  it('rounds a half away from zero', () => {
    expect([5n, 4n, -5n, -4n, 15n].map((amount) => divideHalfUp(amount, 10n))).toEqual([1n, 0n, -1n, 0n, 2n])
  })
})
