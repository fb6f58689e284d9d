/** Milliseconds since the Unix epoch, UTC, an integer. */
export type EpochMs = number & { readonly __unit: 'epoch ms' }
/** Whole minutes since the Unix epoch, UTC: the name of a window. */
export type Minute = number & { readonly __unit: 'epoch minute' }
/** Whole hours since the Unix epoch, UTC: the hour of a ledger row. */
export type Hour = number & { readonly __unit: 'epoch hour' }

export const MS_PER_MINUTE = 60_000
export const MS_PER_HOUR = 3_600_000
export const MINUTES_PER_HOUR = 60

export const minuteOf = (at: EpochMs): Minute => Math.floor(at / MS_PER_MINUTE) as Minute
export const hourOf = (at: EpochMs): Hour => Math.floor(at / MS_PER_HOUR) as Hour
export const hourOfMinute = (minute: Minute): Hour => Math.floor(minute / MINUTES_PER_HOUR) as Hour
/** The minute's place in its hour, 0 to 59. */
export const minuteInHour = (minute: Minute): number => minute % MINUTES_PER_HOUR
export const startOfMinute = (minute: Minute): EpochMs => (minute * MS_PER_MINUTE) as EpochMs
export const startOfHour = (hour: Hour): EpochMs => (hour * MS_PER_HOUR) as EpochMs
export const firstMinuteOf = (hour: Hour): Minute => (hour * MINUTES_PER_HOUR) as Minute

/** `2026-11-23T08`: the hour as ledger rows spell it. */
export const formatHour = (hour: Hour): string => new Date(startOfHour(hour)).toISOString().slice(0, 13)
/** `2026-11-23T08:07Z`: the minute as people read it. */
export const formatMinute = (minute: Minute): string => `${new Date(startOfMinute(minute)).toISOString().slice(0, 16)}Z`

/** The hour that `formatHour` wrote; undefined for anything else. */
export function parseHour(text: string): Hour | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}$/.test(text)) return undefined
  const at = Date.parse(`${text}:00:00Z`)
  return Number.isNaN(at) ? undefined : hourOf(at as EpochMs)
}
