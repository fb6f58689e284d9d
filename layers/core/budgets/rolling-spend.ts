import type { Picodollars } from '../money/picodollars.ts'
import { type Hour, hourOfMinute, MINUTES_PER_HOUR, type Minute, minuteInHour } from '../time/instants.ts'
import type { BudgetState } from './state.ts'

/** Money by minute of one hour, 60 places, picodollars. */
export type HourMinutes = readonly bigint[]

export interface RollingSpend {
  /** Spent in the window itself. */
  readonly spent: Picodollars
  /** Spent in the period that ends with the window, a true sliding window. */
  readonly rolling: Picodollars
  /** Totals of the period's hours, the leaving and the current one included; what the next close starts from. */
  readonly hours: BudgetState['hours']
}

/** The hours that a close has to read: the current, the previous and the one that leaves the period. */
export function hoursToRead(window: Minute, periodHours: number): readonly Hour[] {
  const current = hourOfMinute(window)
  const leaving = current - periodHours
  return [...new Set([leaving, current - 1, current])].sort((a, b) => a - b) as Hour[]
}

/** All hours of the period, for the hourly recount. */
export function hoursOfPeriod(window: Minute, periodHours: number): readonly Hour[] {
  const current = hourOfMinute(window)
  return Array.from({ length: periodHours + 1 }, (_, i) => (current - periodHours + i) as Hour)
}

/**
 * The spend of the window and of its period. `read`: the minutes of the hours that were read (absent: nothing spent);
 * hours that were not read keep the total of an earlier close, so late spans of the hours read are never lost.
 */
export function rollingSpend(
  window: Minute,
  periodHours: number,
  known: BudgetState['hours'],
  read: ReadonlyMap<Hour, HourMinutes>,
): RollingSpend {
  const current = hourOfMinute(window)
  const leaving = (current - periodHours) as Hour
  const minute = minuteInHour(window)
  const before = new Map(known.map(({ hour, cost }) => [hour, cost as bigint]))
  const totalOf = (hour: Hour): bigint => {
    const minutes = read.get(hour)
    return minutes === undefined ? (before.get(hour) ?? 0n) : sum(minutes, 0, MINUTES_PER_HOUR)
  }
  const hours = hoursOfPeriod(window, periodHours).map((hour) => ({ hour, cost: totalOf(hour) as Picodollars }))
  const whole = hours.reduce((total, { hour, cost }) => (hour > leaving && hour < current ? total + cost : total), 0n)
  const leavingMinutes = read.get(leaving) ?? []
  const currentMinutes = read.get(current) ?? []
  return {
    spent: (currentMinutes[minute] ?? 0n) as Picodollars,
    rolling: (whole +
      sum(leavingMinutes, minute + 1, MINUTES_PER_HOUR) +
      sum(currentMinutes, 0, minute + 1)) as Picodollars,
    hours,
  }
}

function sum(minutes: HourMinutes, from: number, to: number): bigint {
  let total = 0n
  for (let minute = from; minute < to; minute += 1) total += minutes[minute] ?? 0n
  return total
}
