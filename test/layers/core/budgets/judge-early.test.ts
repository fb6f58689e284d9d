import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { freshState, judge } from '../../../../layers/core/budgets/judge.ts'
import { judgeEarly } from '../../../../layers/core/budgets/judge-early.ts'
import type { BudgetState, WindowFacts } from '../../../../layers/core/budgets/state.ts'
import { type Picodollars, parseUsd } from '../../../../layers/core/money/picodollars.ts'
import { type EpochMs, type Minute, minuteOf, startOfMinute } from '../../../../layers/core/time/instants.ts'

const W = minuteOf(Date.UTC(2026, 10, 23, 8, 30) as EpochMs)
const budget = budgetSchema.parse({ service: 'svc', limitUsd: '1440', mode: 'enforce' })
const at = (place: number): Minute => (W + place) as Minute

/** A window in multiples of the pace, which is a dollar; its requests cost half a cent as a rule, so that 120 of them are 0.6 paces. */
const window = (place: number, burn: number, requests = 120, complete = false): WindowFacts => ({
  window: at(place),
  complete,
  unpriced: false,
  spent: parseUsd(burn.toFixed(6)),
  spentBefore: [],
  rolling: parseUsd('864'),
  entryRequests: requests,
  frontDoorRequests: 120,
})

const close = (was: BudgetState, facts: WindowFacts): BudgetState => judge(was, facts, budget, [])

/** A service with a calm hour behind it, closed up to the window before W. */
const calm = Array.from({ length: 60 }, (_, place) => window(place - 60, 0.6, 120, true)).reduce(
  close,
  freshState('svc', 'enforce'),
)
const look = (was: BudgetState, place: number, ...windows: WindowFacts[]): BudgetState =>
  judgeEarly(was, windows, budget, at(place))

describe('windows that a lagging partition still fills', () => {
  it('throttle in the third minute in which more of one comes in that is over by what there is of it', () => {
    const first = look(calm, 1, window(0, 3.2, 60))
    expect(first).toMatchObject({ phase: 'warned', closed: at(-1), fast: { over: 1, firing: false } })
    const second = look(first, 2, window(0, 4.5, 80))
    expect(second.phase).toBe('warned')
    const third = look(second, 3, window(0, 5.5, 100), window(1, 1, 20))
    expect(third).toMatchObject({ phase: 'throttled', closed: at(-1), since: startOfMinute(at(4)) })
    expect(third.admit).toBeCloseTo(1 / 5.5, 3)
    expect(third.reason).toMatch(/fast rule; a lower bound/)
  })

  it('throttle at once from ten times the pace on', () => {
    expect(look(calm, 1, window(0, 10, 60)).phase).toBe('throttled')
  })

  it('count once while no more of them comes in, and when they close', () => {
    const first = look(calm, 1, window(0, 4, 60))
    expect(look(first, 2, window(0, 4.2, 60))).toBe(first)
    expect(look(first, 1, window(0, 6, 90))).toBe(first)
    expect(close(first, window(0, 4.2, 60)).fast.over).toBe(1)
    expect(close(first, window(0, 4.2, 60, true)).fast.over).toBe(1)
    expect(close(first, window(0, 6, 100, true)).fast.over).toBe(2)
  })

  it('only warn where a request costs what it used to, and say nothing of an hour that is caught up on', () => {
    const crowd = look(calm, 1, window(0, 6, 1_200), window(1, 2, 400))
    expect(crowd).toMatchObject({ phase: 'warned', admit: 1, fast: calm.fast })
    expect(crowd.reason).toBe("burns 6 times its budget's pace (a lower bound: some data or prices are missing)")
    expect(look(crowd, 2, window(0, 6, 1_200), window(1, 6, 1_200))).toBe(crowd)
    expect(look(calm, 1, window(0, 0.6), window(1, 0.6))).toBe(calm)
  })

  it('throttle what makes many times as much work, where the front door is known well enough', () => {
    const recursion = { ...window(0, 12, 2_400), frontDoorAtMost: 240 }
    expect(look(calm, 1, recursion)).toMatchObject({
      phase: 'throttled',
      figures: { workRatio: expect.closeTo(10, 0) },
    })
    expect(look(calm, 1, { ...recursion, frontDoorAtMost: 2_400 }).phase).toBe('warned')
    expect(look(calm, 1, window(0, 12, 2_400)).phase).toBe('warned')
  })

  it('of few requests tell what a request costs at least', () => {
    // As if there were twenty: 0.25 each, where half a cent is usual.
    expect(look(calm, 1, window(0, 5, 1)).fast.over).toBe(1)
    const idle = freshState('svc', 'enforce')
    expect(look(idle, 1, window(0, 5, 1))).toMatchObject({ phase: 'warned', fast: idle.fast })
  })

  it('from before a throttle cut to what the pace can carry, and no deeper each minute', () => {
    const held = look(calm, 10, window(0, 12, 60))
    expect(held.admit).toBeCloseTo(1 / 12, 3)
    const again = look(held, 11, window(0, 24, 120))
    expect(again.admit).toBeCloseTo(1 / 24, 3)
    expect(look(again, 12, window(1, 24, 120)).admit).toBe(again.admit)
    // One that passed under the throttle burns so much of what that let through.
    expect(look(again, 13, window(12, 12, 60)).admit).toBe(budget.floor)
  })

  it('release nothing and teach nothing, and what they were judged by is remembered', () => {
    const held = look(calm, 1, window(0, 12, 60))
    expect(held).toMatchObject({ unitCost: calm.unitCost, slow: calm.slow, hours: calm.hours })
    expect(held.early).toEqual({ window: at(0), spent: parseUsd('12') as Picodollars, newest: at(1) })
    const later = Array.from({ length: 5 }, (_, place) => window(place, 0.1, 10)).reduce(close, held)
    expect(later).toMatchObject({ phase: 'throttled', admit: held.admit, early: held.early })
  })

  it('of a service that was held back are judged as of any other', () => {
    const heldBack = { ...calm, phase: 'warned', heldBack: 'burns 12 times its pace' } as const
    const after = look(heldBack, 1, window(0, 12, 60))
    expect(after.phase).toBe('throttled')
    expect(after.heldBack).toBeUndefined()
  })

  it('whatever they are, in whatever order they come, only warn and tighten', () => {
    const phases = ['within', 'warned', 'releasing', 'throttled']
    const lived = fc.record({
      place: fc.integer({ min: -3, max: 9 }),
      burn: fc.double({ min: 0, max: 40, noNaN: true }),
      requests: fc.integer({ min: 0, max: 3_000 }),
      frontDoorAtMost: fc.option(fc.double({ min: 1, max: 500, noNaN: true }), { nil: undefined }),
    })
    const steps = fc.array(fc.array(lived, { maxLength: 4 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(steps, (all) => {
        let state = calm
        for (const [place, windows] of all.entries()) {
          const facts = windows.map(({ place: at, burn, requests, frontDoorAtMost }) => ({
            ...window(at, burn, requests),
            frontDoorAtMost,
          }))
          const after = look(state, place, ...facts)
          expect(after.admit).toBeLessThanOrEqual(state.admit)
          expect(after.admit).toBeGreaterThanOrEqual(budget.floor)
          expect(phases.indexOf(after.phase)).toBeGreaterThanOrEqual(phases.indexOf(state.phase))
          const { closed, hours, slow, unitCost, workRatio } = calm
          expect(after).toMatchObject({ closed, hours, slow, unitCost, workRatio })
          if (after !== state) expect(after.version).toBe(state.version + 1)
          state = after
        }
      }),
      { seed: 7 },
    )
  })
})
