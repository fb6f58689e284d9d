/**
 * How much of what should cost something does: booked spans among those and the ones that wait for a price or did not say
 * how much they used. 0 to 1 in steps of 1/10,000, rounded down, so that 1 is said of everything alone; null of nothing.
 */
export function coveredShare(booked: number, gaps: number): number | null {
  const all = booked + gaps
  return all === 0 ? null : Math.floor((booked * 10_000) / all) / 10_000
}
