import { divideHalfUp } from '../money/picodollars.ts'

/** Smoothing factors are exact to four decimals. */
const SCALE = 10_000n

/**
 * `alpha * current + (1 - alpha) * previous`, in whole picodollars, half up; the first observation is its own average.
 * `alpha` is in (0, 1] and counts to four decimals.
 */
export function smooth(previous: bigint | undefined, current: bigint, alpha: number): bigint {
  if (previous === undefined) return current
  const weight = BigInt(Math.round(alpha * Number(SCALE)))
  return divideHalfUp(weight * current + (SCALE - weight) * previous, SCALE)
}
