import { describe, expect, it } from 'vitest'
import { type Day, dayOf, formatDay, hoursOfDay, monthsAfter, parseDay } from '../../../../layers/core/time/days.ts'
import { type EpochMs, formatHour } from '../../../../layers/core/time/instants.ts'

const dayNamed = (text: string): Day => parseDay(text) as Day

describe('a day', () => {
  it('is a UTC day: it holds its first millisecond and not the next day’s', () => {
    expect(formatDay(dayOf(Date.parse('2026-11-23T00:00:00.000Z') as EpochMs))).toBe('2026-11-23')
    expect(formatDay(dayOf(Date.parse('2026-11-23T23:59:59.999Z') as EpochMs))).toBe('2026-11-23')
  })

  it('has 24 hours, on days of a clock change in some country too', () => {
    const hours = hoursOfDay(dayNamed('2026-10-25'))
    expect(hours).toHaveLength(24)
    expect(hours.map(formatHour).at(0)).toBe('2026-10-25T00')
    expect(hours.map(formatHour).at(-1)).toBe('2026-10-25T23')
  })

  it.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '', '2026-11-23T00'])('is not named %j', (text) => {
    expect(parseDay(text)).toBeUndefined()
  })

  it.each([
    ['2026-11-23', 13, '2027-12-23'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2027-12-31', 2, '2028-02-29'],
    ['2026-12-01', 1, '2027-01-01'],
  ])('%s and %i months are %s', (from, months, to) => {
    expect(new Date(monthsAfter(dayNamed(from), months)).toISOString().slice(0, 10)).toBe(to)
  })
})
