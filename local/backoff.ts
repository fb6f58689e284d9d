const FIRST_MS = 100
/** Doubling from 100 ms, ten seconds are reached with the eighth failure; the exponent is capped to stay finite. */
const LONGEST_MS = 10_000
const DOUBLINGS_MAX = 7

/** How long to wait after so many failures in a row (1 or more), milliseconds: 100, 200, 400 ... 10,000. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, DOUBLINGS_MAX))
}
