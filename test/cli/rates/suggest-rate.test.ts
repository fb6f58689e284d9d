import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suggestRate } from '../../../cli/rates/suggest-rate.ts'
import { parseDecimal, parseUsd } from '../../../layers/core/money/picodollars.ts'

const rate = (hourlyUsd: string, share: string, concurrency: string) =>
  suggestRate({
    hourlyUsd: parseDecimal(hourlyUsd),
    share: parseDecimal(share),
    concurrency: parseDecimal(concurrency),
  })

describe('a suggested rate', () => {
  it.each([
    ['0.0816', '0.5', '8', '0.000000001416666667'],
    ['3600', '1', '1', '0.001'],
    ['0.036', '0.25', '2.5', '0.000000001'],
    ['0.0000000000036', '1', '1', '0.000000000000000001'],
  ])('of $%s an hour, %s of it, %s spans at a time is $%s a millisecond', (hourlyUsd, share, concurrency, usdPerMs) => {
    expect(rate(hourlyUsd, share, concurrency)).toBe(usdPerMs)
  })

  it("makes the spans of a busy hour sum to the service's part of the machine, to half a picodollar a million ms", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 500 }),
        (tenthsOfCents, percent, concurrency) => {
          const hourlyUsd = `${tenthsOfCents}e-3`
          const perMs = parseDecimal(rate(hourlyUsd, `${percent}e-2`, String(concurrency)))
          // Picodollars of the hour's spans at that rate, and of the service's part of the machine, both times 100.
          const spans = (perMs.digits * 3_600_000n * BigInt(concurrency) * 10n ** 14n) / 10n ** BigInt(perMs.scale)
          const part = parseUsd(hourlyUsd) * BigInt(percent)
          const difference = spans > part ? spans - part : part - spans
          expect(difference).toBeLessThanOrEqual(180n * BigInt(concurrency) + 1n)
        },
      ),
    )
  })
})
