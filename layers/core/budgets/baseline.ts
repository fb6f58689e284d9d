import { type Minute, startOfMinute } from '../time/instants.ts'
import type { Baseline } from './state.ts'

/** Windows before which there is no baseline. */
const MIN_WINDOWS = 30
/** Days that a baseline looks back, the running one included. */
const MAX_DAYS = 7
const MINUTES_PER_DAY = 24 * 60
/** Buckets grow by 5 %: a median is right within 2.5 %. */
const BUCKET_RATIO = 1.05
/** Different buckets a day; a ratio that wanders over more has no median worth the name, and none are added. */
const MAX_BUCKETS = 200

export const EMPTY_BASELINE: Baseline = { days: {} }

/** The baseline with one more observation, a positive ratio, in the UTC day of its window. Older days than seven go. */
export function withObservation(baseline: Baseline, value: number, window: Minute): Baseline {
  if (!(value > 0) || !Number.isFinite(value)) return baseline
  const day = dayOf(window)
  const bucket = String(Math.round(Math.log(value) / Math.log(BUCKET_RATIO)))
  const counts = baseline.days[day] ?? {}
  if (counts[bucket] === undefined && Object.keys(counts).length >= MAX_BUCKETS) return baseline
  const days = { ...baseline.days, [day]: { ...counts, [bucket]: (counts[bucket] ?? 0) + 1 } }
  const oldest = dayOf((window - (MAX_DAYS - 1) * MINUTES_PER_DAY) as Minute)
  const kept = Object.keys(days).filter((name) => name >= oldest)
  return { days: Object.fromEntries(kept.map((name) => [name, days[name] ?? {}])) }
}

/** The UTC day of a window, `2026-11-23`: days sort as text. */
const dayOf = (window: Minute): string => new Date(startOfMinute(window)).toISOString().slice(0, 10)

/** The median of the observations; undefined with fewer than thirty. */
export function medianOf(baseline: Baseline): number | undefined {
  const totals = new Map<number, number>()
  let windows = 0
  for (const day of Object.values(baseline.days)) {
    for (const [bucket, count] of Object.entries(day)) {
      totals.set(Number(bucket), (totals.get(Number(bucket)) ?? 0) + count)
      windows += count
    }
  }
  if (windows < MIN_WINDOWS) return undefined
  let below = 0
  for (const [bucket, count] of [...totals].sort(([a], [b]) => a - b)) {
    below += count
    if (below * 2 >= windows) return BUCKET_RATIO ** bucket
  }
  return undefined
}
