import { describe, expect, it } from 'vitest'
import { EMPTY_BASELINE, usualFor, withHourOfWeek, withObservation } from '../../../../layers/core/budgets/baseline.ts'
import type { Baseline } from '../../../../layers/core/budgets/state.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

const SUNDAY = Math.floor(Date.UTC(2026, 10, 15) / 60_000)
const HOUR = 60
const WEEK = 7 * 24 * HOUR
const BATCH = SUNDAY + 2 * HOUR

/** Minutes one after the other; what is learned for the hour alone is not learned for the week. */
function lived(from: number, minutes: number, valueAt: (minute: number) => number, so = EMPTY_BASELINE): Baseline {
  let baseline = so
  for (let minute = from; minute < from + minutes; minute += 1) {
    const value = valueAt(minute)
    baseline = withHourOfWeek(baseline, value, minute as Minute)
    if (value === 1) baseline = withObservation(baseline, value, minute as Minute)
  }
  return baseline
}

const isBatch = (minute: number): boolean => (minute - BATCH) % WEEK >= 0 && (minute - BATCH) % WEEK < HOUR
const batchOnSundays = (minute: number): number => (isBatch(minute) ? 8 : 1)
const at = (minute: number): Minute => minute as Minute

describe('what is usual for an hour', () => {
  const known = lived(SUNDAY, WEEK, batchOnSundays)

  it('is what it was a week ago, where that was far from the rest of the week', () => {
    expect(usualFor(known, at(BATCH + WEEK + 5))).toBeCloseTo(8, 0)
    expect(usualFor(known, at(BATCH + WEEK - 5))).toBeCloseTo(1, 1)
  })

  it('allows for an hour more: what starts late ends late', () => {
    expect(usualFor(known, at(BATCH + WEEK + HOUR + 5))).toBeCloseTo(8, 0)
    expect(usualFor(known, at(BATCH + WEEK + 2 * HOUR))).toBeCloseTo(1, 1)
  })

  it('is not taken from the hour that has only just passed', () => {
    expect(usualFor(known, at(BATCH + HOUR + 5))).toBeCloseTo(1, 1)
  })

  it('is not taken from a few windows', () => {
    const brief = lived(SUNDAY, WEEK, (minute) => (minute >= BATCH && minute < BATCH + 29 ? 8 : 1))
    expect(usualFor(brief, at(BATCH + WEEK + 5))).toBeCloseTo(1, 1)
  })

  it('is known through the next time, and forgotten when that was ordinary', () => {
    const again = lived(SUNDAY + WEEK, BATCH - SUNDAY + 2 * HOUR, batchOnSundays, known)
    expect(usualFor(again, at(BATCH + WEEK + HOUR + 5))).toBeCloseTo(8, 0)
    expect(usualFor(again, at(BATCH + 2 * WEEK + 5))).toBeCloseTo(8, 0)
    const over = lived(SUNDAY + WEEK, BATCH - SUNDAY + 2 * HOUR, () => 1, known)
    expect(usualFor(over, at(BATCH + 2 * WEEK + 5))).toBeCloseTo(1, 1)
  })

  it('stays small: an ordinary week remembers no hour', () => {
    expect(lived(SUNDAY, WEEK, () => 1).weekly?.odd).toEqual({})
    expect(Object.keys(known.weekly?.odd ?? {})).toHaveLength(1)
  })
})
