import { describe, expect, it } from 'vitest'
import { suggestedLimit } from '../../../../layers/core/budgets/suggest-budget.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

/** One amount a day, some days in a row. */
const days = (...amounts: readonly string[]): [Minute, bigint][] =>
  amounts.map((usd, day) => [(day * 1440 + 600) as Minute, parseUsd(usd)])

const limitOf = (...amounts: readonly string[]) => suggestedLimit(days(...amounts))?.limitUsd

describe('a suggested limit', () => {
  it.each([
    [['10'], '15'],
    [['10', '35', '20'], '53'],
    [['101'], '160'],
    [['0.02'], '1'],
    [['0.7'], '1.1'],
    [['1234567'], '1900000'],
  ] as const)('of days of %j is $%s', (amounts, limit) => {
    expect(limitOf(...amounts)).toBe(limit)
  })

  it('leaves one day in a hundred out, and says nothing of a service that spent nothing', () => {
    expect(limitOf(...new Array<string>(100).fill('10'), '19')).toBe('15')
    expect(limitOf('0')).toBeUndefined()
    expect(suggestedLimit([])).toBeUndefined()
  })

  it('of a week with a runaway is that of the week without it, and names the day', () => {
    const week = ['10', '12', '11', '13', '140', '12', '11']
    expect(suggestedLimit(days(...week))).toEqual({
      limitUsd: '20',
      days: 6,
      dearestDay: parseUsd('140'),
      incidents: [{ day: 4, spent: parseUsd('140') }],
    })
    // Two days cannot say which of them is usual; a day that is dearer, but not out of the ordinary, counts.
    expect(limitOf('10', '140')).toBe('210')
    expect(limitOf('10', '12', '11', '13', '23', '12', '11')).toBe('35')
  })

  it('adds up the minutes of a UTC day', () => {
    const minute = (at: number): [Minute, bigint] => [at as Minute, parseUsd('5')]
    expect(suggestedLimit([minute(0), minute(1439), minute(1440)])?.limitUsd).toBe('15')
  })
})
