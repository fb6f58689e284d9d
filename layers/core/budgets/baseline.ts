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
  const oldest = dayOf((window - (MAX_DAYS - 1) * MINUTES_PER_DAY) as Minute)
  const kept = Object.keys(days).filter((name) => name >= oldest)
  return { ...baseline, days: Object.fromEntries(kept.map((name) => [name, days[name] ?? {}])) }
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
  const totals = new Map<number, number>()
  for (const day of Object.values(days)) {
    for (const [bucket, count] of Object.entries(day)) {
      totals.set(Number(bucket), (totals.get(Number(bucket)) ?? 0) + count)
    }
  }
  return medianBucket(totals, MIN_WINDOWS)
}
