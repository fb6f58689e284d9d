/** Fractions have four decimals, so that the same numbers print the same everywhere. */
const round = (fraction: number): number => Math.round(fraction * 10_000) / 10_000

/**
 * The admitted fraction after one more breaching window: at least halved, and straight down to the share of today's
 * requests that the budget's pace can carry where that is lower; never below `floor`.
 * `spentPerPace`: what the window spent, in multiples of the budget's pace, while `admit` was admitted.
 */
export function tightened(admit: number, spentPerPace: number, floor: number): number {
  const carried = spentPerPace > 0 ? admit / spentPerPace : admit
  return round(Math.max(floor, Math.min(admit / 2, carried)))
}

/** The admitted fraction after one more sustainable window: a tenth of full more, as TCP's window grows. */
export const loosened = (admit: number): number => round(Math.min(1, admit + 0.1))
