/** Fractions have four decimals, so that the same numbers print the same everywhere. */
const round = (fraction: number): number => Math.round(fraction * 10_000) / 10_000

/** Which fractions were in force while a window passed: the one of the judgement before last at first, the last one's at last. */
export interface InForce {
  readonly first: number
  readonly last: number
}

/**
 * The admitted fraction after one more breaching window: at least halved, and straight down to the share of today's
 * requests that the budget's pace can carry where that is lower; never below `floor`, and never raised.
 * `burn`: what the window spent, in multiples of the budget's pace. It was spent mostly under the larger of the two
 * fractions in force: to divide by the smaller would cut twice for one cause.
 */
export function tightened(admit: number, inForce: InForce, burn: number, floor: number): number {
  const carried = burn > 0 ? Math.max(inForce.first, inForce.last) / burn : admit
  return round(Math.min(admit, Math.max(floor, Math.min(inForce.last / 2, carried))))
}

/** The admitted fraction after one more sustainable window: a tenth of full more, as TCP's window grows. */
export const loosened = (admit: number): number => round(Math.min(1, admit + 0.1))

/** The admitted fraction to try while it is not sure that more is sustainable: twice as much, and no more than a tenth of full. */
export const probed = (admit: number): number => Math.min(round(2 * admit), loosened(admit))

/**
 * How many times as many requests another fraction admits as the ones in force while a window passed: as the smaller one of
 * them, so that a rise waits until the one before it shows. With nothing admitted, nothing can be told: 1.
 */
export function growthTo(fraction: number, inForce: InForce): number {
  const least = Math.min(inForce.first, inForce.last)
  return least > 0 ? fraction / least : 1
}

/** The burn to expect at another fraction, from a window's burn. */
export const burnAt = (fraction: number, inForce: InForce, burn: number): number => burn * growthTo(fraction, inForce)
