import { divideHalfUp, formatUsd, PICODOLLARS_PER_USD, type Picodollars } from '../money/picodollars.ts'
import type { Day } from '../time/days.ts'
import type { Minute } from '../time/instants.ts'
import { dayOfWindow } from './period.ts'

/** The share of days that a limit must hold, before the margin. */
const PERCENTILE = 0.99
/** Half as much again. */
const MARGIN = 3n
const MARGIN_OF = 2n
/** A day of more than so many median days is an incident, which a limit is there to stop. */
const INCIDENT_MEDIANS = 2n
/** Of fewer days none can be told from the others. */
const INCIDENT_FROM_DAYS = 3

interface DaySpend {
  readonly day: Day
  readonly spent: bigint
}

/** A limit for a day, and what it was made from. */
export interface SuggestedLimit {
  /** USD, a decimal string. */
  readonly limitUsd: string
  /** Days that it was made from. */
  readonly days: number
  /** Picodollars of its dearest day, incidents included. */
  readonly dearestDay: bigint
  /** Days that were left out as incidents, in order; picodollars. */
  readonly incidents: readonly DaySpend[]
}

/**
 * A limit for a day from what was spent minute by minute: the 99th percentile of its UTC days (nearest rank), half as much again,
 * rounded up to two significant digits, at least $1. Days that spent more than twice the median day are left out: a runaway would
 * otherwise suggest a limit that lets the next one through. Undefined where nothing was spent.
 */
export function suggestedLimit(minutes: Iterable<readonly [Minute, bigint]>): SuggestedLimit | undefined {
  const all = daysOf(minutes)
  const sorted = all.map(({ spent }) => spent).sort((a, b) => (a < b ? -1 : 1))
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0n
  const isIncident = ({ spent }: DaySpend): boolean =>
    all.length >= INCIDENT_FROM_DAYS && median > 0n && spent > INCIDENT_MEDIANS * median
  const incidents = all.filter(isIncident)
  const usual = sorted.slice(0, sorted.length - incidents.length)
  const high = usual[Math.ceil(PERCENTILE * usual.length) - 1] ?? 0n
  if (high <= 0n) return undefined
  const limitUsd = formatUsd(roundedUp(divideHalfUp(high * MARGIN, MARGIN_OF)))
  return { limitUsd, days: usual.length, dearestDay: sorted.at(-1) ?? high, incidents }
}

function daysOf(minutes: Iterable<readonly [Minute, bigint]>): readonly DaySpend[] {
  const days = new Map<Day, bigint>()
  for (const [window, spent] of minutes) {
    const day = dayOfWindow(window)
    days.set(day, (days.get(day) ?? 0n) + spent)
  }
  return [...days].map(([day, spent]) => ({ day, spent })).sort((a, b) => a.day - b.day)
}

function roundedUp(amount: bigint): Picodollars {
  if (amount <= PICODOLLARS_PER_USD) return PICODOLLARS_PER_USD as Picodollars
  const step = 10n ** BigInt(amount.toString().length - 2)
  return (((amount + step - 1n) / step) * step) as Picodollars
}
