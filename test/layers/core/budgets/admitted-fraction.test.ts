import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burnAt, loosened, tightened } from '../../../../layers/core/budgets/admitted-fraction.ts'

const fraction = fc.integer({ min: 1, max: 10_000 }).map((n) => n / 10_000)

describe('the admitted fraction', () => {
  it('is at least halved, never below the floor, and never raised by a breach', () => {
    fc.assert(
      fc.property(
        fraction,
        fraction,
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        fraction,
        (now, was, burn, floor) => {
          const next = tightened(now, { first: was, last: now }, burn, floor)
          expect(next).toBeLessThanOrEqual(now)
          expect(next).toBeGreaterThanOrEqual(Math.min(now, floor))
          expect(next <= now / 2 + 1e-4 || next === Math.min(now, floor)).toBe(true)
        },
      ),
    )
  })

  it('goes straight down to what the pace can carry of what was let in', () => {
    expect(tightened(1, { first: 1, last: 1 }, 8, 0.01)).toBe(0.125)
    expect(tightened(1, { first: 1, last: 1 }, 500, 0.01)).toBe(0.01)
  })

  it('is not cut twice for money that was spent before the first cut took effect', () => {
    expect(tightened(0.125, { first: 1, last: 0.125 }, 5.6, 0.01)).toBe(0.0625)
  })

  it('rises by a tenth of full, up to full', () => {
    expect([loosened(0.01), loosened(0.85), loosened(0.95), loosened(1)]).toEqual([0.11, 0.95, 1, 1])
  })

  it('lets the burn to expect be told from the least that was let in', () => {
    expect(burnAt(0.5, { first: 0.1, last: 0.2 }, 0.3)).toBeCloseTo(1.5)
    expect(burnAt(0.1, { first: 0, last: 0 }, 0.3)).toBe(0.3)
  })
})
