import { divideHalfUp, formatUsd, PICODOLLARS_PER_USD, type Picodollars } from '../money/picodollars.ts'
import type { Minute } from '../time/instants.ts'
import { dayOfWindow } from './period.ts'

/** The share of days that a limit must hold, before the margin. */
const PERCENTILE = 0.99
/** Half as much again. */
const MARGIN = 3n
const MARGIN_OF = 2n

/**
 * A limit for a day from what was spent minute by minute: the 99th percentile of its UTC days (nearest rank), half as much again,
 * rounded up to two significant digits, at least $1. Undefined where nothing was spent.
 */
export function suggestedLimit(minutes: Iterable<readonly [Minute, bigint]>): string | undefined {
  const days = new Map<number, bigint>()
  for (const [window, spent] of minutes) {
    const day = dayOfWindow(window)
    days.set(day, (days.get(day) ?? 0n) + spent)
  }
  const totals = [...days.values()].sort((a, b) => (a < b ? -1 : 1))
  const high = totals[Math.ceil(PERCENTILE * totals.length) - 1] ?? 0n
  return high > 0n ? formatUsd(roundedUp(divideHalfUp(high * MARGIN, MARGIN_OF))) : undefined
}

function roundedUp(amount: bigint): Picodollars {
  if (amount <= PICODOLLARS_PER_USD) return PICODOLLARS_PER_USD as Picodollars
  const step = 10n ** BigInt(amount.toString().length - 2)
  return (((amount + step - 1n) / step) * step) as Picodollars
}
