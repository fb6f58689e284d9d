import { describe, expect, it } from 'vitest'
import { suggestedLimit } from '../../../../layers/core/budgets/suggest-budget.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

/** One amount a day, some days in a row. */
const days = (...amounts: readonly string[]): [Minute, bigint][] =>
  amounts.map((usd, day) => [(day * 1440 + 600) as Minute, parseUsd(usd)])

describe('a suggested limit', () => {
  it.each([
    [['10'], '15'],
    [['10', '100', '20'], '150'],
    [['101'], '160'],
    [['0.02'], '1'],
    [['0.7'], '1.1'],
    [['1234567'], '1900000'],
  ] as const)('of days of %j is $%s', (amounts, limit) => {
    expect(suggestedLimit(days(...amounts))).toBe(limit)
  })

  it('leaves one day in a hundred out, and says nothing of a service that spent nothing', () => {
    expect(suggestedLimit(days(...new Array<string>(100).fill('10'), '900'))).toBe('15')
    expect(suggestedLimit(days('0'))).toBeUndefined()
    expect(suggestedLimit([])).toBeUndefined()
  })

  it('adds up the minutes of a UTC day', () => {
    const minute = (at: number): [Minute, bigint] => [at as Minute, parseUsd('5')]
    expect(suggestedLimit([minute(0), minute(1439), minute(1440)])).toBe('15')
  })
})
