import { type Day, dayOf, HOURS_PER_DAY, monthsAfter, startOfDay } from '../time/days.ts'
import { type EpochMs, type Hour, hourOf, MINUTES_PER_HOUR, type Minute, startOfMinute } from '../time/instants.ts'
import type { Budget } from './budget.ts'

/** What of a budget says which time its limit is for. */
export type Period = Pick<Budget, 'period' | 'periodHours'>

/** Length of the whole period that a window lies in, minutes: of a month 28 to 31 days. */
export function minutesOfPeriod({ period, periodHours }: Period, window: Minute): number {
  if (period === 'rolling') return periodHours * MINUTES_PER_HOUR
  if (period === 'day') return HOURS_PER_DAY * MINUTES_PER_HOUR
  const first = firstDayOfMonth(window)
  return (dayOf(monthsAfter(first, 1)) - first) * HOURS_PER_DAY * MINUTES_PER_HOUR
}

/** The period as a clause: `in 24 h`, `today (UTC)`, `this month (UTC)`. */
export function periodClause({ period, periodHours }: Period): string {
  if (period === 'rolling') return `in ${periodHours} h`
  return period === 'day' ? 'today (UTC)' : 'this month (UTC)'
}

export const dayOfWindow = (window: Minute): Day => dayOf(startOfMinute(window))

/** The first day of the UTC month that a window lies in. */
export function firstDayOfMonth(window: Minute): Day {
  const at = new Date(startOfMinute(window))
  return dayOf(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1) as EpochMs)
}

export const firstHourOf = (day: Day): Hour => hourOf(startOfDay(day))
