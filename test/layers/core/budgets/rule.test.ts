import { describe, expect, it } from 'vitest'
import { budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import { freshState, judge } from '../../../../layers/core/budgets/judge.ts'
import { averaged, counted, NEVER_JUDGED, type Verdict } from '../../../../layers/core/budgets/rule.ts'
import type { BudgetState, WindowFacts } from '../../../../layers/core/budgets/state.ts'
import { type Picodollars, parseUsd } from '../../../../layers/core/money/picodollars.ts'
import type { Minute } from '../../../../layers/core/time/instants.ts'

const run = (verdicts: string): boolean[] => {
  const named: Record<string, Verdict> = { o: 'over', u: 'under', b: 'between', '?': 'unknown' }
  let state = NEVER_JUDGED
  return [...verdicts].map((letter) => {
    state = counted(state, 0n, named[letter] ?? 'between', { toFire: 3, toRelease: 3 })
    return state.firing
  })
}
const fires = (verdicts: string): string =>
  run(verdicts)
    .map((firing) => (firing ? 'F' : '-'))
    .join('')

describe('a rule', () => {
  it.each([
    // over, under, between, unknown     fires
    ['ooo', '--F'],
    ['oobooo', '-----F'],
    ['oouooo', '-----F'],
    ['oo?o', '---F'],
    ['o??oo', '----F'],
    ['???', '---'],
    ['ooouu', '--FFF'],
    ['ooouuu', '--FFF-'],
    ['ooouubuuu', '--FFFFFF-'],
    ['ooouu?uuu', '--FFFFFF-'],
    ['oooouuuo', '--FFFF--'],
  ])('of windows %s fires as %s', (verdicts, expected) => {
    expect(fires(verdicts)).toBe(expected)
  })

  it('is raised by a lower bound, and never lowered by one', () => {
    const was = { ...NEVER_JUDGED, ema: 1000n }
    expect(averaged(was, 0n, 0.5, true)).toBe(1000n)
    expect(averaged(was, 3000n, 0.5, true)).toBe(2000n)
    expect(averaged(was, 0n, 0.5, false)).toBe(500n)
  })
})

const budget = budgetSchema.parse({ service: 'svc', limitUsd: '144', periodHours: 24, mode: 'enforce' })
/** A tenth of a dollar a minute is the budget's pace. */
const PACE = parseUsd('0.1')

const facts = (window: number, changes: Partial<WindowFacts>): WindowFacts => ({
  window: window as Minute,
  complete: true,
  unpriced: false,
  spent: 0n as Picodollars,
  spentBefore: [],
  rolling: 0n as Picodollars,
  entryRequests: 0,
  frontDoorRequests: 0,
  ...changes,
})

/** Windows one like the other, after windows of which `spentBefore` says what they have spent: nothing, unless told. */
function judged(state: BudgetState, from: number, windows: number, changes: Partial<WindowFacts>): BudgetState {
  let so = state
  let spentBefore = changes.spentBefore ?? []
  for (let i = 0; i < windows; i += 1) {
    so = judge(so, facts(from + i, { ...changes, spentBefore }), budget, [])
    spentBefore = [changes.spent ?? 0n, ...spentBefore]
  }
  return so
}

const times = (pace: number): Picodollars => (PACE * BigInt(pace)) as Picodollars
const OVER = { rolling: parseUsd('150') } as const
const FAR_BELOW = { rolling: parseUsd('10') } as const
/** Fifty windows of forty requests at a normal price. */
const usual = (): BudgetState =>
  judged(freshState('svc', 'enforce'), 1000, 50, {
    spent: (PACE / 2n) as Picodollars,
    rolling: parseUsd('70'),
    entryRequests: 40,
    frontDoorRequests: 40,
  })

describe('what is missing', () => {
  it.each([{ complete: false }, { unpriced: true }])('does not keep the slow rule from firing: %o', (missing) => {
    const state = judged(freshState('svc', 'enforce'), 1000, 3, { ...OVER, ...missing })
    expect(state.phase).toBe('throttled')
    expect(state.reason).toContain('lower bound')
    expect(state.slow.firing).toBe(true)
  })

  it.each([{ complete: false }, { unpriced: true }])('never releases: %o', (missing) => {
    const throttled = judged(freshState('svc', 'enforce'), 1000, 3, OVER)
    expect(judged(throttled, 1003, 200, { ...FAR_BELOW, ...missing }).phase).toBe('throttled')
    expect(judged(throttled, 1003, 200, FAR_BELOW).phase).toBe('within')
  })

  it('keeps no baseline, and tells what a request costs at least: as if it had shown twenty', () => {
    const learned = usual()
    const blind = judged(learned, 1050, 1, {
      spent: times(4),
      entryRequests: 1,
      frontDoorRequests: 40,
      complete: false,
    })
    expect(blind.unitCost).toEqual(learned.unitCost)
    const whole = judged(learned, 1050, 1, { spent: times(4), entryRequests: 1 })
    expect(whole.figures.unitCostRatio).toBeCloseTo(20 * (blind.figures.unitCostRatio ?? 0), -1)
    expect(blind.figures.workRatio).toBeNull()
  })

  it('does not disarm the fast rule in the middle of a runaway', () => {
    const runaway = { spent: times(6), rolling: parseUsd('80'), entryRequests: 40, frontDoorRequests: 40 }
    let state = judged(usual(), 1050, 2, runaway)
    expect(state.fast.over).toBe(2)
    const spentBefore = [times(6), times(6)]
    state = judged(state, 1052, 1, { rolling: parseUsd('80'), spentBefore, complete: false })
    expect(state).toMatchObject({ phase: 'warned', fast: { over: 2 } })
    expect(judged(state, 1053, 1, { ...runaway, spentBefore: [0n, ...spentBefore] }).phase).toBe('throttled')
  })

  it.each([{ complete: false }, { unpriced: true }])('does not hide what enough requests cost: %o', (missing) => {
    const runaway = { spent: times(8), rolling: parseUsd('80'), entryRequests: 40, frontDoorRequests: 40, ...missing }
    const state = judged(usual(), 1050, 3, runaway)
    expect(state.phase).toBe('throttled')
    expect(state.reason).toContain('each request costs')
    expect(state.reason).toContain('lower bound')
    expect(state.unitCost).toEqual(usual().unitCost)
  })

  it('says nothing of the work ratio: its two sides come by different partitions', () => {
    const burst = { spent: times(8), rolling: parseUsd('80'), entryRequests: 640, frontDoorRequests: 40 }
    expect(judged(usual(), 1050, 3, burst).phase).toBe('throttled')
    expect(judged(usual(), 1050, 3, { ...burst, complete: false }).phase).toBe('warned')
  })
})

describe('the fast rule', () => {
  const dear = { rolling: parseUsd('80'), entryRequests: 40, frontDoorRequests: 40 }

  it('fires when five minutes burn three times the pace and the last one still does; from ten times on by that one', () => {
    const phaseAfter = (pace: number, windows: number) =>
      judged(usual(), 1050, windows, { ...dear, spent: times(pace) }).phase
    expect([4, 5].map((windows) => phaseAfter(3, windows))).toEqual(['warned', 'throttled'])
    expect([2, 3].map((windows) => phaseAfter(5, windows))).toEqual(['warned', 'throttled'])
    expect([1, 2].map((windows) => phaseAfter(9, windows))).toEqual(['warned', 'throttled'])
    expect(phaseAfter(10, 1)).toBe('throttled')
  })

  it('leaves a burn alone that is over, however high its long window still is', () => {
    const spentBefore = [times(9), times(9), times(9), times(9)]
    expect(judged(usual(), 1050, 1, { ...dear, spent: times(2), spentBefore }).phase).not.toBe('throttled')
    expect(judged(usual(), 1050, 1, { ...dear, spent: times(3), spentBefore }).phase).toBe('throttled')
  })

  it('takes the windows that the budget says', () => {
    const slow = budgetSchema.parse({ ...budget, fast: { shortMinutes: 2, longMinutes: 10 } })
    const phaseAfter = (spent: number[]) => {
      const [last = 0n, ...spentBefore] = spent.map(times).reverse()
      return judge(usual(), facts(1050, { ...dear, spent: last as Picodollars, spentBefore }), slow, []).phase
    }
    expect(phaseAfter([6, 6, 6, 6, 6])).toBe('throttled')
    expect(phaseAfter([6, 6, 6, 6, 5])).not.toBe('throttled')
    expect(phaseAfter([9, 9, 9, 4, 1])).not.toBe('throttled')
    expect(phaseAfter([9, 9, 9, 5, 1])).toBe('throttled')
    expect(() => budgetSchema.parse({ ...budget, fast: { shortMinutes: 6 } })).toThrow('part of the long one')
  })

  it('holds a runaway down further while what it refuses comes back and burns more than the budget carries', () => {
    const throttled = judged(usual(), 1050, 3, { ...dear, spent: times(8) })
    expect(judged(throttled, 1053, 1, { ...dear, spent: times(2) }).admit).toBeLessThan(throttled.admit)
    expect(judged(throttled, 1053, 1, { ...dear, spent: times(1) }).admit).toBe(throttled.admit)
  })

  it('tries a little more while what it refuses may only be coming back, and finds out that the storm is over', () => {
    const storm = { rolling: parseUsd('80'), entryRequests: 400, frontDoorRequests: 40, spent: times(9) }
    const held = judged(judged(usual(), 1050, 3, storm), 1053, 1, { ...storm, entryRequests: 44, spent: PACE })
    // A twentieth of it is served, and all of it would be a storm again, if those who ask were not the same.
    const quiet = { ...storm, entryRequests: 24, spent: ((PACE * 32n) / 100n) as Picodollars }
    const tried = judged(held, 1054, 1, quiet)
    expect(tried.phase).toBe('throttled')
    expect(tried.admit).toBeGreaterThan(held.admit)
    const dear = { ...quiet, entryRequests: 4 }
    expect(judged(held, 1054, 1, dear).admit).toBe(held.admit)
  })

  it('does not take recursion for over because the requests that it refuses make no work', () => {
    const recursion = { rolling: parseUsd('80'), frontDoorRequests: 40 }
    let state = judged(usual(), 1050, 3, { ...recursion, spent: times(5), entryRequests: 400 })
    const held = { ...recursion, entryRequests: 60, spent: ((PACE * 3n) / 4n) as Picodollars }
    state = judged(state, 1053, 30, held)
    expect(state.phase).toBe('throttled')
  })

  it('takes money without a single entry request for a runaway: work that does not end', () => {
    const state = judged(usual(), 1050, 3, { spent: times(6), rolling: parseUsd('80'), frontDoorRequests: 40 })
    expect(state.phase).toBe('throttled')
  })

  it('only warns of burn alone', () => {
    const state = judged(usual(), 1050, 30, {
      spent: times(8),
      rolling: parseUsd('80'),
      entryRequests: 640,
      frontDoorRequests: 640,
    })
    expect(state.phase).toBe('warned')
    expect(state.admit).toBe(1)
  })

  it('throttles whatever empties the purse within ten minutes', () => {
    const state = judged(usual(), 1050, 3, {
      spent: times(8),
      rolling: parseUsd('140'),
      entryRequests: 640,
      frontDoorRequests: 640,
    })
    expect(state.reason).toMatch(/its money is gone in 5 minutes/)
  })
})

describe('a judgement', () => {
  it('of a window that was judged before changes nothing', () => {
    const state = usual()
    expect(judge(state, facts(state.closed, OVER), budget, [])).toBe(state)
    expect(judge(state, facts(state.closed - 7, OVER), budget, [])).toBe(state)
  })

  it('warns at 80 %, and stops well below it, not at it', () => {
    const at = (usd: string, was = usual()) => judged(was, was.closed + 1, 3, { rolling: parseUsd(usd) })
    const warned = at('116')
    expect(warned.phase).toBe('warned')
    expect(at('114', warned).phase).toBe('warned')
    expect(at('100', warned).phase).toBe('within')
    expect(at('114').phase).toBe('within')
  })

  it('keeps the beginning of a throttle through its release, and forgets it after', () => {
    const throttled = judged(freshState('svc', 'enforce'), 1000, 3, OVER)
    expect(throttled.heldSince).toBe(1003 * 60_000)
    let state = throttled
    while (state.phase !== 'releasing') state = judged(state, state.closed + 1, 1, FAR_BELOW)
    expect(state.heldSince).toBe(throttled.heldSince)
    expect(state.since).toBeGreaterThan(throttled.since)
    while (state.phase === 'releasing') state = judged(state, state.closed + 1, 1, FAR_BELOW)
    expect(state.heldSince).toBeNull()
  })

  it('of a rule that does not fire holds no release up', () => {
    // Spending steadily at 95 % of the limit: the slow rule is never well below it.
    const steady = {
      spent: (PACE / 2n) as Picodollars,
      rolling: parseUsd('136.8'),
      entryRequests: 40,
      frontDoorRequests: 40,
    }
    const throttled = judged(judged(usual(), 1050, 5, steady), 1055, 3, { ...steady, spent: times(12) })
    expect(throttled.fast.firing).toBe(true)
    const throttledSpend = { ...steady, spent: (PACE / 40n) as Picodollars }
    expect(judged(throttled, 1058, 30, throttledSpend).phase).toBe('warned')
  })
})
