import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EMPTY_BASELINE, medianOf, withObservation } from '../../../../layers/core/budgets/baseline.ts'
import type { Baseline } from '../../../../layers/core/budgets/state.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

const MIDNIGHT = Math.floor(Date.UTC(2026, 10, 20) / 60_000)
const DAY = 24 * 60

const filled = (values: readonly number[], every = 1, from = MIDNIGHT): Baseline =>
  values.reduce((so, value, i) => withObservation(so, value, (from + i * every) as Minute), EMPTY_BASELINE)

describe('a baseline', () => {
  it('says nothing before thirty windows', () => {
    expect(medianOf(filled(new Array(29).fill(5)))).toBeUndefined()
    expect(medianOf(filled(new Array(30).fill(5)))).toBeDefined()
  })

  it('is the median within 2.5 %, whatever the scale', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), { minLength: 30, maxLength: 150 })
    fc.assert(
      fc.property(values, (all) => {
        const median = [...all].sort((a, b) => a - b)[Math.ceil(all.length / 2) - 1] ?? 0
        expect(Math.abs((medianOf(filled(all)) ?? 0) / median - 1)).toBeLessThan(0.026)
      }),
    )
  })

  it('forgets what is older than seven days', () => {
    const old = filled(new Array(40).fill(1000), 1)
    const days = Array.from({ length: 7 }, (_, day) => day + 1)
    const later = days.reduce((so, day) => filledOn(so, 5, MIDNIGHT + day * DAY), old)
    expect(Object.keys(later.days)).toHaveLength(7)
    expect(medianOf(later)).toBeCloseTo(5, 0)
  })

  it('forgets also where days without traffic lie between', () => {
    const old = filled(new Array(40).fill(1000), 1)
    expect(Object.keys(withObservation(old, 5, (MIDNIGHT + 30 * DAY) as Minute).days)).toHaveLength(1)
  })

  it('stays small: a ratio that wanders everywhere adds no buckets without end', () => {
    const wandering = Array.from({ length: 1400 }, (_, i) => 1.06 ** i)
    const counts = Object.values(filled(wandering.slice(0, 1400)).days)
    for (const day of counts) expect(Object.keys(day).length).toBeLessThanOrEqual(200)
  })

  it('takes no zero, no infinity and no NaN', () => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(withObservation(EMPTY_BASELINE, value, MIDNIGHT as Minute)).toBe(EMPTY_BASELINE)
    }
  })
})

const filledOn = (so: Baseline, value: number, from: number): Baseline =>
  Array.from({ length: 30 }, (_, i) => from + i).reduce((all, at) => withObservation(all, value, at as Minute), so)
