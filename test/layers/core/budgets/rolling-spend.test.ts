import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hoursOfPeriod, hoursToRead, rollingSpend } from '../../../../layers/core/budgets/rolling-spend.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { firstMinuteOf, type Hour, hourOfMinute, type Minute } from '../../../../layers/core/time/instants.ts'

const FIRST = firstMinuteOf(497_000 as Hour)
const MINUTES = 60 * 60

/** Some spend, sparse, by minute from FIRST on. */
const spends = fc.array(fc.tuple(fc.integer({ min: 0, max: MINUTES - 1 }), fc.bigInt({ min: 1n, max: 10n ** 15n })), {
  maxLength: 80,
})

function hoursOf(spend: readonly (readonly [number, bigint])[], upTo: Minute, read: readonly Hour[]) {
  const hours = new Map<Hour, bigint[]>(read.map((hour) => [hour, new Array<bigint>(60).fill(0n)]))
  for (const [minute, cost] of spend) {
    const at = (FIRST + minute) as Minute
    const minutes = hours.get(hourOfMinute(at))
    if (minutes !== undefined && at <= upTo) minutes[at % 60] = (minutes[at % 60] ?? 0n) + cost
  }
  return hours
}

const straightSum = (spend: readonly (readonly [number, bigint])[], window: Minute, periodHours: number): bigint =>
  spend
    .filter(([minute]) => FIRST + minute <= window && FIRST + minute > window - periodHours * 60)
    .reduce((sum, [, cost]) => sum + cost, 0n)

describe('rolling spend', () => {
  it('is the straight sum over the minutes of the period, though each close reads three hours', () => {
    fc.assert(
      fc.property(
        spends,
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 90 }),
        (spend, periodHours, start, step) => {
          let known: BudgetState['hours'] = []
          // A close at least once an hour reads each hour before it is left out; the first counts all of them.
          const stride = Math.min(step, 60)
          for (let minute = start; minute < MINUTES; minute += stride) {
            const window = (FIRST + minute) as Minute
            const read = known.length === 0 ? hoursOfPeriod(window, periodHours) : hoursToRead(window, periodHours)
            const rolled = rollingSpend(window, periodHours, known, hoursOf(spend, window, read))
            expect(rolled.rolling).toBe(straightSum(spend, window, periodHours))
            expect(rolled.spent).toBe(straightSum(spend, window, 1 / 60))
            known = rolled.hours
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps a total for each hour of the period and the one that leaves it, and no more', () => {
    const window = (FIRST + 1500) as Minute
    const { hours } = rollingSpend(window, 24, [], new Map())
    expect(hours).toHaveLength(25)
    expect(hours.at(-1)?.hour).toBe(hourOfMinute(window))
  })

  it('counts late spans of an older hour from its next recount on', () => {
    const window = (FIRST + 600) as Minute
    const early = rollingSpend(window, 24, [], hoursOf([[300, 5n]], window, hoursOfPeriod(window, 24)))
    const late = [
      [300, 5n],
      [301, 7n],
    ] as const
    const read = hoursOf(late, window, hoursToRead(window, 24))
    expect(rollingSpend(window, 24, early.hours, read).rolling).toBe(5n)
    const recount = hoursOf(late, window, hoursOfPeriod(window, 24))
    expect(rollingSpend(window, 24, early.hours, recount).rolling).toBe(12n)
  })
})
