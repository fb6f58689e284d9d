import type { Picodollars } from '../money/picodollars.ts'
import { type Day, HOURS_PER_DAY } from '../time/days.ts'
import { type Hour, hourOfMinute, type Minute, minuteInHour } from '../time/instants.ts'
import { dayOfWindow, firstDayOfMonth, firstHourOf, type Period } from './period.ts'
import { type HourMinutes, hoursOfPeriod, hoursToRead, type RollingSpend, rollingSpend } from './rolling-spend.ts'
import type { BudgetState } from './state.ts'

/** The spend of a window and of its budget's period, and what the next close starts from. */
export interface PeriodSpend extends RollingSpend {
  /** Of a month: totals of its days before the hours that are kept. */
  readonly days?: BudgetState['days']
}

type Known = Pick<BudgetState, 'hours' | 'days'>

/**
 * The hours of a service's rows that a close reads: those whose spend may have changed, or, where a recount is due or the period
 * is not known from its start, all that are kept. A month's earlier days are read once, when the budget becomes a monthly one.
 */
export function hoursForClose(known: Known, period: Period, window: Minute, isRecount: boolean): readonly Hour[] {
  const hours = hoursOfSpend(known, period, window, isRecount)
  // The minutes before the window, also where its period has just begun.
  const previous = (hourOfMinute(window) - 1) as Hour
  return hours.includes(previous) ? hours : [previous, ...hours]
}

function hoursOfSpend(known: Known, period: Period, window: Minute, isRecount: boolean): readonly Hour[] {
  const kept = hoursKept(period, window)
  if (period.period === 'month' && known.days === undefined) {
    return hoursBetween(firstHourOf(firstDayOfMonth(window)), hourOfMinute(window))
  }
  const from = known.hours[0]?.hour
  if (isRecount || from === undefined || from > (kept[0] ?? 0)) return kept
  if (period.period === 'rolling') return hoursToRead(window, period.periodHours)
  return kept.slice(-2)
}

/** The spend of the window and of the period that ends with it. `read`: the minutes of the hours that `hoursForClose` named. */
export function spendOfPeriod(
  known: Known,
  period: Period,
  window: Minute,
  read: ReadonlyMap<Hour, HourMinutes>,
): PeriodSpend {
  if (period.period === 'rolling') return rollingSpend(window, period.periodHours, known.hours, read)
  const before = new Map(known.hours.map(({ hour, cost }) => [hour, cost as bigint]))
  const totalOf = (hour: Hour): bigint => sum(read.get(hour)) ?? before.get(hour) ?? 0n
  const kept = hoursKept(period, window)
  const hours = kept.map((hour) => ({ hour, cost: totalOf(hour) as Picodollars }))
  const current = read.get(hourOfMinute(window)) ?? []
  const minute = minuteInHour(window)
  const days = period.period === 'month' ? earlierDays(known, window, totalOf) : []
  const total =
    hours.slice(0, -1).reduce((all, { cost }) => all + cost, 0n) +
    days.reduce((all, { cost }) => all + cost, 0n) +
    (sum(current.slice(0, minute + 1)) ?? 0n)
  return {
    spent: (current[minute] ?? 0n) as Picodollars,
    rolling: total as Picodollars,
    hours,
    ...(period.period === 'month' && { days }),
  }
}

/** Hours whose totals are kept, so that late spans count: of a month those of yesterday and today. */
function hoursKept({ period, periodHours }: Period, window: Minute): readonly Hour[] {
  if (period === 'rolling') return hoursOfPeriod(window, periodHours)
  return hoursBetween(firstHourOf(firstKeptDay(period, window)), hourOfMinute(window))
}

function firstKeptDay(period: 'day' | 'month', window: Minute): Day {
  const today = dayOfWindow(window)
  return period === 'day' ? today : (Math.max(today - 1, firstDayOfMonth(window)) as Day)
}

/** Days of the month before the kept hours: as they were known, else as their hours say. */
function earlierDays(
  { days = [] }: Known,
  window: Minute,
  totalOf: (hour: Hour) => bigint,
): NonNullable<BudgetState['days']> {
  const first = firstDayOfMonth(window)
  const known = new Map(days.map(({ day, cost }) => [day, cost]))
  return Array.from({ length: firstKeptDay('month', window) - first }, (_, place) => {
    const day = (first + place) as Day
    return { day, cost: known.get(day) ?? (totalOfDay(day, totalOf) as Picodollars) }
  })
}

const totalOfDay = (day: Day, totalOf: (hour: Hour) => bigint): bigint =>
  hoursBetween(firstHourOf(day), (firstHourOf(day) + HOURS_PER_DAY - 1) as Hour).reduce(
    (all, hour) => all + totalOf(hour),
    0n,
  )

const hoursBetween = (first: Hour, last: Hour): readonly Hour[] =>
  Array.from({ length: last - first + 1 }, (_, place) => (first + place) as Hour)

const sum = (minutes: HourMinutes | undefined): bigint | undefined => minutes?.reduce((all, cost) => all + cost, 0n)
