import { describe, expect, it } from 'vitest'
import { type Budget, budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { freshState, judge } from '../../../../layers/core/budgets/judge.ts'
import type { OwnRule } from '../../../../layers/core/budgets/own-rule.ts'
import type { BudgetState, WindowFacts } from '../../../../layers/core/budgets/state.ts'
import { decodeState, encodeState } from '../../../../layers/core/budgets/state-codec.ts'
import { type Picodollars, parseUsd } from '../../../../layers/core/money/picodollars.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

const START = 1_000
/** Its pace is a dollar a minute; the two rules that every budget has are far out of reach. */
const budgetWith = (...rules: Partial<OwnRule>[]): Budget =>
  budgetSchema.parse({
    service: 'svc',
    limitUsd: '1440',
    mode: 'enforce',
    alertAtShare: 10,
    fast: { pace: 1_000, exhaustionMinutes: 0 },
    rules,
  })
const NO_RULES = budgetWith()

/** A normal minute: half the pace, 100 requests, a third of the money spent. */
const NORMAL = { spentUsd: '0.5', entryRequests: 100, frontDoorRequests: 100, rollingUsd: '480' }
type Lived = Partial<typeof NORMAL & Pick<WindowFacts, 'complete'>>

function live(was: BudgetState, windows: number, lived: Lived, budget: Budget): BudgetState {
  let state = was
  for (let i = 0; i < windows; i += 1) {
    const { spentUsd, rollingUsd, ...counts } = { ...NORMAL, ...lived }
    const facts: WindowFacts = {
      window: (state.closed < 0 ? START : state.closed + 1) as Minute,
      complete: true,
      unpriced: false,
      spent: parseUsd(spentUsd),
      spentBefore: [],
      rolling: parseUsd(rollingUsd) as Picodollars,
      ...counts,
    }
    state = judge(state, facts, budget, [])
  }
  return state
}

/** An hour of normal minutes behind it. */
const usual = live(freshState('svc', 'enforce'), 60, {}, NO_RULES)

describe("a rule of a budget's own", () => {
  it.each([
    [{ signal: 'spend', threshold: 0.9 }, { rollingUsd: '1300' }, 'has spent 0.9 times its limit, 0.9 or more'],
    [{ signal: 'burn_rate', threshold: 2 }, { spentUsd: '2' }, "burns 2 times its budget's pace, 2 or more"],
    [{ signal: 'unit_cost', threshold: 3 }, { entryRequests: 20 }, 'times as much a request as it used to, 3 or more'],
    [
      { signal: 'work_ratio', threshold: 3 },
      { frontDoorRequests: 25 },
      'requests as it used to for each one of the world',
    ],
    [{ signal: 'time_to_exhaustion', threshold: 120 }, { spentUsd: '10' }, 'has money for 96 minutes, 120 or less'],
  ] as const)('on %o throttles in the third window that is over', (rule, lived, reason) => {
    const budget = budgetWith({ ...rule, action: 'throttle' })
    const two = live(usual, 2, lived, budget)
    expect(two).toMatchObject({ phase: 'within', admit: 1 })
    const three = live(two, 1, lived, budget)
    expect(three.phase).toBe('throttled')
    expect(three.admit).toBeLessThanOrEqual(0.5)
    expect(three.reason).toContain(reason)
    expect(three.reason).toContain('in 3 windows (own rule)')
    // One below begins anew.
    const interrupted = live(live(two, 1, {}, budget), 2, lived, budget)
    expect(interrupted.phase).toBe('within')
    // And it lets go when it has been well below for as long.
    expect(live(three, 20, {}, budget)).toMatchObject({ phase: 'within', admit: 1 })
    expect(live(three, 2, {}, budget).phase).toBe('throttled')
  })

  it('only tells people where its action is an alert, for as long as it holds', () => {
    const budget = budgetWith({ signal: 'burn_rate', threshold: 2, windows: 1, action: 'alert' })
    const told = live(usual, 10, { spentUsd: '4' }, budget)
    expect(told).toMatchObject({ phase: 'warned', admit: 1 })
    expect(told.reason).toBe("burns 4 times its budget's pace, 2 or more in 1 window (own rule)")
    expect(live(told, 4, {}, budget).phase).toBe('within')
  })

  it('looks at the average that its alpha says', () => {
    const rule = { signal: 'burn_rate', threshold: 2, windows: 1, action: 'throttle' } as const
    const lived = { spentUsd: '3' }
    expect(live(usual, 1, lived, budgetWith(rule)).phase).toBe('throttled')
    const averaged = budgetWith({ ...rule, alpha: 0.25 })
    // 0.5, then 1.125, 1.594, 1.945, 2.209.
    const calm = live(usual, 5, {}, averaged)
    expect([3, 4].map((windows) => live(calm, windows, lived, averaged).phase)).toEqual(['within', 'throttled'])
  })

  it('begins anew when it is changed in the file, and is gone with it', () => {
    const rule = { signal: 'burn_rate', threshold: 2, action: 'throttle' } as const
    const two = live(usual, 2, { spentUsd: '4' }, budgetWith(rule))
    expect(live(two, 1, { spentUsd: '4' }, budgetWith({ ...rule, threshold: 3 })).phase).toBe('within')
    const throttled = live(two, 1, { spentUsd: '4' }, budgetWith(rule))
    expect(throttled.phase).toBe('throttled')
    expect(live(throttled, 1, {}, NO_RULES).phase).toBe('releasing')
  })

  it('fires on lower bounds, and is never released by them', () => {
    const budget = budgetWith({ signal: 'burn_rate', threshold: 2, action: 'throttle' })
    const throttled = live(usual, 3, { spentUsd: '4', complete: false }, budget)
    expect(throttled.phase).toBe('throttled')
    expect(throttled.reason).toContain('lower bound')
    expect(live(throttled, 30, { complete: false }, budget).phase).toBe('throttled')
  })

  it('says nothing of a ratio without a baseline, or without a request', () => {
    const budget = budgetWith({ signal: 'unit_cost', threshold: 1.5, windows: 1, action: 'throttle' })
    expect(live(freshState('svc', 'enforce'), 10, { spentUsd: '5' }, budget).phase).toBe('within')
    expect(live(usual, 1, { spentUsd: '0', entryRequests: 0 }, budget).phase).toBe('within')
  })

  it('is remembered as it is written', () => {
    const budget = budgetWith(
      { signal: 'burn_rate', threshold: 2, action: 'throttle' },
      { signal: 'work_ratio', threshold: 9, action: 'alert' },
    )
    const state = live(usual, 2, { spentUsd: '4', frontDoorRequests: 0 }, budget)
    expect(decodeState(encodeState(state))).toEqual(state)
    expect(state.own?.map(({ over }) => over)).toEqual([2, 0])
  })

  it('is refused where it says nothing that can be judged', () => {
    for (const rule of [
      { signal: 'cpu', threshold: 1, action: 'alert' },
      { signal: 'spend', threshold: 0, action: 'alert' },
      { signal: 'spend', threshold: 1, action: 'mail' },
      { signal: 'spend', threshold: 1, action: 'alert', windows: 0 },
    ]) {
      expect(budgetSchema.safeParse({ service: 'svc', rules: [rule] }).success).toBe(false)
    }
  })
})
