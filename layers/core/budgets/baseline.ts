import { type Minute, startOfMinute } from '../time/instants.ts'
import { bucketOf, medianBucket, middleOf } from './ratio-bucket.ts'
import type { Baseline } from './state.ts'
import { expectedBucket, withWindow } from './weekly-hours.ts'

/** Windows before which there is no baseline. */
const MIN_WINDOWS = 30
/** Days that a baseline looks back, the running one included. */
const MAX_DAYS = 7
const MINUTES_PER_DAY = 24 * 60
/** Different buckets a day; a ratio that wanders over more has no median worth the name, and none are added. */
const MAX_BUCKETS = 200

export const EMPTY_BASELINE: Baseline = { days: {} }

/** The baseline with one more observation, a positive ratio, in the UTC day of its window. Older days than seven go. */
export function withObservation(baseline: Baseline, value: number, window: Minute): Baseline {
  if (!isObservable(value)) return baseline
  const day = dayOf(window)
  const bucket = String(bucketOf(value))
  const counts = baseline.days[day] ?? {}
  if (counts[bucket] === undefined && Object.keys(counts).length >= MAX_BUCKETS) return baseline
  const days = { ...baseline.days, [day]: { ...counts, [bucket]: (counts[bucket] ?? 0) + 1 } }
  return { ...baseline, days: day in baseline.days ? days : withoutOld(days, window) }
}

function withoutOld(days: Baseline['days'], window: Minute): Baseline['days'] {
  const oldest = dayOf((window - (MAX_DAYS - 1) * MINUTES_PER_DAY) as Minute)
  return Object.fromEntries(Object.entries(days).filter(([name]) => name >= oldest))
}

/** The baseline with one more observation for the same hour of next week alone. */
export function withHourOfWeek(baseline: Baseline, value: number, window: Minute): Baseline {
  if (!isObservable(value)) return baseline
  return { ...baseline, weekly: withWindow(baseline.weekly, bucketOf(value), window, () => ordinaryBucket(baseline)) }
}

const isObservable = (value: number): boolean => value > 0 && Number.isFinite(value)

/** The UTC day of a window, `2026-11-23`: days sort as text. */
const dayOf = (window: Minute): string => new Date(startOfMinute(window)).toISOString().slice(0, 10)

/** The median of the observations; undefined with fewer than thirty. */
export function medianOf(baseline: Baseline): number | undefined {
  const bucket = ordinaryBucket(baseline)
  return bucket === undefined ? undefined : middleOf(bucket)
}

/** What is usual for a window: the median of its hour last week where that was far from the week's, else the week's. */
export function usualFor(baseline: Baseline, window: Minute): number | undefined {
  const ordinary = ordinaryBucket(baseline)
  if (ordinary === undefined) return undefined
  return middleOf(expectedBucket(baseline.weekly, window, ordinary) ?? ordinary)
}

function ordinaryBucket({ days }: Baseline): number | undefined {
  const [today, ...before] = Object.values(days).reverse()
  if (today === undefined) return undefined
  const all = new Map(totalOf(before))
  addTo(all, today)
  return medianBucket(all, MIN_WINDOWS)
}

type Counts = Baseline['days'][string]

/** The days before the newest one do not change: they are added up once, not for each of the windows that a replay judges. */
const totals = new WeakMap<Counts, { readonly of: readonly Counts[]; readonly total: ReadonlyMap<number, number> }>()

function totalOf(days: readonly Counts[]): ReadonlyMap<number, number> {
  const [newest] = days
  if (newest === undefined) return new Map()
  const known = totals.get(newest)
  if (known?.of.length === days.length && known.of.every((one, place) => one === days[place])) return known.total
  const total = new Map<number, number>()
  for (const day of days) addTo(total, day)
  totals.set(newest, { of: days, total })
  return total
}

function addTo(total: Map<number, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) {
    const bucket = Number(name)
    total.set(bucket, (total.get(bucket) ?? 0) + count)
  }
}
