import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smooth } from '../../../../layers/core/budgets/ema.ts'

const amount = fc.bigInt({ min: 0n, max: 10n ** 30n })
const alpha = fc.integer({ min: 1, max: 10_000 }).map((tenThousandths) => tenThousandths / 10_000)

describe('the average', () => {
  it('begins with the first observation', () => {
    expect(smooth(undefined, 700n, 0.1)).toBe(700n)
  })

  it('is alpha of the current and the rest of the previous one, half up', () => {
    expect(smooth(1000n, 2000n, 0.1)).toBe(1100n)
    expect(smooth(1n, 2n, 0.5)).toBe(2n)
  })

  it('lies between the previous one and the observation, and at the observation for alpha 1', () => {
    fc.assert(
      fc.property(amount, amount, alpha, (previous, current, share) => {
        const ema = smooth(previous, current, share)
        const [low, high] = previous < current ? [previous, current] : [current, previous]
        expect(ema >= low && ema <= high).toBe(true)
        expect(smooth(previous, current, 1)).toBe(current)
      }),
    )
  })
})
