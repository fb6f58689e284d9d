import { type EpochMs, type Hour, hourOf, MS_PER_HOUR } from './instants.ts'

/** Whole days since the Unix epoch, UTC: a day of the ledger is a UTC day. */
export type Day = number & { readonly __unit: 'epoch day' }

export const HOURS_PER_DAY = 24
export const MS_PER_DAY = HOURS_PER_DAY * MS_PER_HOUR

export const dayOf = (at: EpochMs): Day => Math.floor(at / MS_PER_DAY) as Day
export const startOfDay = (day: Day): EpochMs => (day * MS_PER_DAY) as EpochMs

/** The 24 hours of a day, ascending. */
export function hoursOfDay(day: Day): readonly Hour[] {
  const first = hourOf(startOfDay(day))
  return Array.from({ length: HOURS_PER_DAY }, (_, hour) => (first + hour) as Hour)
}

/** `2026-11-23`: the day as daily rows spell it. */
export const formatDay = (day: Day): string => new Date(startOfDay(day)).toISOString().slice(0, 10)

/** The day that `formatDay` wrote; undefined for anything else, a 31st of February too. */
export function parseDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const at = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(at)) return undefined
  const day = dayOf(at as EpochMs)
  return formatDay(day) === text ? day : undefined
}

/** The start of the day this many calendar months later; the month's last day where it has no such day. */
export function monthsAfter(day: Day, months: number): EpochMs {
  const date = new Date(startOfDay(day))
  const lastOfMonth = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)
  const same = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate())
  return Math.min(lastOfMonth, same) as EpochMs
}
