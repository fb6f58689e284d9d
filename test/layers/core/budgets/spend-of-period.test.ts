import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minutesOfPeriod } from '../../../../layers/core/budgets/period.ts'
import { hoursForClose, spendOfPeriod } from '../../../../layers/core/budgets/spend-of-period.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import {
  type EpochMs,
  type Hour,
  hourOf,
  hourOfMinute,
  type Minute,
  minuteInHour,
  minuteOf,
} from '../../../../layers/core/time/instants.ts'

const at = (text: string): Minute => minuteOf(Date.parse(text) as EpochMs)
const DAY = { period: 'day', periodHours: 24 } as const
const MONTH = { period: 'month', periodHours: 24 } as const
type Known = Pick<BudgetState, 'hours' | 'days'>
const NOTHING: Known = { hours: [] }

/** One picodollar a minute, but `more` in one of them. */
const minutesOf = (hour: Hour, more: ReadonlyMap<Minute, bigint> = new Map()): bigint[] =>
  Array.from({ length: 60 }, (_, minute) => 1n + (more.get((hour * 60 + minute) as Minute) ?? 0n))

/** Closes each window from `first` to `last`; answers with the last close's spend and all hours that were read. */
function closeAll(period: typeof DAY | typeof MONTH, first: Minute, last: Minute) {
  let known = NOTHING
  let reads = 0
  let spend: ReturnType<typeof spendOfPeriod> | undefined
  for (let window = first; window <= last; window = (window + 1) as Minute) {
    const hours = hoursForClose(known, period, window, minuteInHour(window) === 17)
    reads = Math.max(reads, window === first ? 0 : hours.length)
    spend = spendOfPeriod(known, period, window, new Map(hours.map((hour) => [hour, minutesOf(hour)])))
    known = spend
  }
  return { spend, reads }
}

describe('the spend of a calendar period', () => {
  it('of a day begins at midnight UTC', () => {
    expect(closeAll(DAY, at('2026-11-23T22:10Z'), at('2026-11-23T23:59Z')).spend?.rolling).toBe(1440n)
    expect(closeAll(DAY, at('2026-11-23T22:10Z'), at('2026-11-24T00:00Z')).spend?.rolling).toBe(1n)
    expect(closeAll(DAY, at('2026-11-23T22:10Z'), at('2026-11-24T07:03Z')).spend?.rolling).toBe(7n * 60n + 4n)
  })

  it('of a month counts every minute since the first, whenever its counting began, and begins anew', () => {
    const { spend, reads } = closeAll(MONTH, at('2026-11-19T22:10Z'), at('2026-11-24T07:03Z'))
    expect(spend?.rolling).toBe(23n * 1440n + 7n * 60n + 4n)
    expect(spend?.days).toHaveLength(22)
    // Never more than yesterday and today, once the month's beginning is known.
    expect(reads).toBeLessThanOrEqual(48)
    expect(closeAll(MONTH, at('2026-11-29T22:10Z'), at('2026-12-01T00:09Z')).spend).toMatchObject({
      rolling: 10n,
      days: [],
    })
  })

  it('reads the whole month once, and two hours at most of the other closes', () => {
    const window = at('2026-11-24T07:03Z')
    const first = hoursForClose(NOTHING, MONTH, window, false)
    expect([first[0], first.at(-1)]).toEqual([hourOf(Date.parse('2026-11-01T00:00Z') as EpochMs), hourOfMinute(window)])
    const known = spendOfPeriod(NOTHING, MONTH, window, new Map(first.map((hour) => [hour, minutesOf(hour)])))
    expect(hoursForClose(known, MONTH, (window + 1) as Minute, false)).toHaveLength(2)
    expect(hoursForClose(known, MONTH, (window + 1) as Minute, true)).toHaveLength(32)
  })

  it('counts what a budget did not know when it was a rolling one', () => {
    const window = at('2026-11-24T07:03Z')
    const rolling = { period: 'rolling', periodHours: 2 } as const
    const kept = [5, 6, 7].map((hour) => (hourOfMinute(window) - 7 + hour) as Hour)
    const known: Known = { hours: kept.map((hour) => ({ hour, cost: 60n as Picodollars })) }
    for (const period of [DAY, { ...rolling, periodHours: 24 }]) {
      expect(hoursForClose(known, period, window, false).length).toBeGreaterThan(2)
    }
    expect(hoursForClose(known, rolling, window, false)).toHaveLength(3)
  })

  it('counts late spans of the last hour at once, and those of yesterday at the next recount', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31 * 60 }), fc.bigInt({ min: 1n, max: 1000n }), (agoMinutes, cost) => {
        const window = at('2026-11-24T07:03Z')
        const late = new Map([[(window - agoMinutes) as Minute, cost]])
        const known = closeAll(MONTH, (window - 61) as Minute, window).spend ?? NOTHING
        const read = (isRecount: boolean) =>
          spendOfPeriod(
            known,
            MONTH,
            window,
            new Map(hoursForClose(known, MONTH, window, isRecount).map((hour) => [hour, minutesOf(hour, late)])),
          ).rolling
        const all = 23n * 1440n + 7n * 60n + 4n
        expect(read(true)).toBe(all + cost)
        expect(read(false)).toBe(agoMinutes <= 63 ? all + cost : all)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the length of a period', () => {
  it.each([
    [{ period: 'rolling', periodHours: 6 }, '2026-11-24T07:03Z', 360],
    [DAY, '2026-11-24T07:03Z', 1440],
    [MONTH, '2026-11-24T07:03Z', 30 * 1440],
    [MONTH, '2026-02-28T23:59Z', 28 * 1440],
    [MONTH, '2028-02-01T00:00Z', 29 * 1440],
    [MONTH, '2026-12-31T23:59Z', 31 * 1440],
  ] as const)('of %o in %s is %i minutes', (period, window, minutes) => {
    expect(minutesOfPeriod(period, at(window))).toBe(minutes)
  })
})
