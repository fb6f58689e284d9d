import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EpochMs,
  formatHour,
  formatMinute,
  type Hour,
  hourOf,
  hourOfMinute,
  minuteInHour,
  minuteOf,
  parseHour,
} from '../../../../layers/core/time/instants.ts'

describe('instants', () => {
  it('spell an hour and a minute in UTC', () => {
    const at = Date.UTC(2026, 10, 23, 8, 7, 59, 999) as EpochMs
    expect(formatHour(hourOf(at))).toBe('2026-11-23T08')
    expect(formatMinute(minuteOf(at))).toBe('2026-11-23T08:07Z')
    expect(minuteInHour(minuteOf(at))).toBe(7)
    expect(hourOfMinute(minuteOf(at))).toBe(hourOf(at))
  })

  it('read back the hours that they wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000 }), (hour) => parseHour(formatHour(hour as Hour)) === hour),
    )
  })

  it.each(['2026-11-23', '2026-11-23T8', '2026-13-23T08', 'g1'])('do not take "%s" for an hour', (text) => {
    expect(parseHour(text)).toBeUndefined()
  })
})
