import { type Hour, hourOfMinute, type Minute } from '../time/instants.ts'
import { medianBucket } from './ratio-bucket.ts'
import type { WeeklyHours } from './state.ts'

const HOURS_A_WEEK = 7 * 24
/** An hour tells something of next week's from so many windows on. */
const MIN_WINDOWS = 30
/** Half as much again as usual, in buckets of 5 %: what differs by less has no entry of its own. */
const FAR = 8
/** What was first seen within six days was not there the week before. */
const KNOWN_AFTER_HOURS = 6 * 24
/** An hour that has not come again for two weeks is forgotten. */
const FORGOTTEN_AFTER_HOURS = 15 * 24

/**
 * The odd hours with one more window, whose ratio lies in `bucket`. When its hour is over, an hour whose median was far from
 * the `ordinary` bucket is remembered, and one that was ordinary is not; undefined: there is no baseline yet.
 */
export function withWindow(
  was: WeeklyHours | undefined,
  bucket: number,
  window: Minute,
  ordinary: () => number | undefined,
): WeeklyHours {
  const hour = hourOfMinute(window)
  if (was === undefined) return { hour, counts: { [bucket]: 1 }, odd: {} }
  if (was.hour === hour) return { ...was, counts: { ...was.counts, [bucket]: (was.counts[bucket] ?? 0) + 1 } }
  return { hour, counts: { [bucket]: 1 }, odd: oddHours(was, ordinary()) }
}

function oddHours({ hour, counts, odd }: WeeklyHours, ordinary: number | undefined): WeeklyHours['odd'] {
  const recent = Object.fromEntries(Object.entries(odd).filter(([, { last }]) => hour - last < FORGOTTEN_AFTER_HOURS))
  const median = medianBucket(new Map(Object.entries(counts).map(([key, count]) => [Number(key), count])), MIN_WINDOWS)
  if (median === undefined || ordinary === undefined) return recent
  const name = hourOfWeek(hour)
  const { [name]: before, ...others } = recent
  if (Math.abs(median - ordinary) < FAR) return others
  const since = before !== undefined && Math.abs(median - before.bucket) < FAR ? before.since : hour
  return { ...others, [name]: { bucket: median, since, last: hour } }
}

/**
 * The bucket to expect of a window where last week's hour was odd; the larger one of its hour and the hour before, for work
 * that starts late. Undefined where last week was ordinary, or is not known.
 */
export function expectedBucket(weekly: WeeklyHours | undefined, window: Minute, ordinary: number): number | undefined {
  if (weekly === undefined) return undefined
  const hour = hourOfMinute(window)
  const known = (at: number): number | undefined => {
    const entry = weekly.odd[hourOfWeek(at as Hour)]
    return entry !== undefined && at - entry.since >= KNOWN_AFTER_HOURS ? entry.bucket : undefined
  }
  const [now, before] = [known(hour), known(hour - 1)]
  if (now === undefined && before === undefined) return undefined
  return Math.max(now ?? ordinary, before ?? ordinary)
}

const hourOfWeek = (hour: Hour): string => String(hour % HOURS_A_WEEK)
