import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import { EMPTY_BASELINE, withHourOfWeek, withObservation } from './baseline.ts'
import type { Budget } from './budget.ts'
import { fastRule } from './fast-rule.ts'
import { wasJudgedEarly } from './judge-early.ts'
import { judgeOwnRules } from './judge-own-rules.ts'
import { decided, inForceBy } from './judgement.ts'
import { NEVER_JUDGED } from './rule.ts'
import { type Signals, signalsOf, TELLING_REQUESTS } from './signals.ts'
import { slowRule } from './slow-rule.ts'
import type { Baseline, BudgetState, WindowFacts } from './state.ts'
import { isHeld } from './transitions.ts'

/** The state of a service that was never judged. */
export function freshState(service: string, mode: Budget['mode']): BudgetState {
  return {
    service,
    closed: -1 as Minute,
    hours: [],
    phase: 'within',
    admit: 1,
    admitBefore: 1,
    mode,
    slow: NEVER_JUDGED,
    fast: NEVER_JUDGED,
    unitCost: EMPTY_BASELINE,
    workRatio: EMPTY_BASELINE,
    figures: {
      limitUsd: '0',
      rollingUsd: '0',
      emaUsd: '0',
      windowUsd: '0',
      pace: 0,
      unitCostRatio: null,
      workRatio: null,
      minutesLeft: null,
      complete: true,
    },
    reason: '',
    since: 0 as EpochMs,
    heldSince: null,
    version: 0,
  }
}

/**
 * Judges one window: folds its signals into the rules, counts, and derives phase and admitted fraction. Pure; a window
 * that was judged before changes nothing. `hours` are the totals that the next close starts from.
 */
export function judge(was: BudgetState, facts: WindowFacts, budget: Budget, hours: BudgetState['hours']): BudgetState {
  if (facts.window <= was.closed) return was
  const endMs = startOfMinute((facts.window + 1) as Minute)
  const signals = signalsOf(facts, budget, was)
  const inForce = inForceBy(was, endMs)
  const slow = slowRule(was.slow, facts, signals, budget)
  const early = was.early && { ...was.early, countedThis: wasJudgedEarly(was, facts, signals, budget) }
  const fast = fastRule(was.fast, facts, signals, budget, inForce, early)
  const own = judgeOwnRules(was.own, facts, signals, budget)
  const after = decided({ was, facts, budget, signals, inForce, slow, fast, own }, endMs)
  return {
    ...after,
    ...observed(was, facts, signals, isHeld(after) || fast.over > 0),
    closed: facts.window,
    hours,
    ...(was.turned !== undefined && { turned: was.turned }),
    ...(was.early !== undefined && { early: was.early }),
  }
}

/**
 * The baselines with this window. They are frozen while the service breaches or is held. But `shadow`, in which every budget starts,
 * is for learning: what comes every week at its hour is known to that hour, and enforced against nobody's word.
 */
function observed(
  was: BudgetState,
  facts: WindowFacts,
  signals: Signals,
  isFrozen: boolean,
): Pick<BudgetState, 'unitCost' | 'workRatio'> {
  const isTelling = signals.whole && facts.entryRequests >= TELLING_REQUESTS
  const learned = (baseline: Baseline, value: number | undefined): Baseline => {
    if (value === undefined || !isTelling || (isFrozen && was.mode === 'enforce')) return baseline
    const known = withHourOfWeek(baseline, value, facts.window)
    return isFrozen ? known : withObservation(known, value, facts.window)
  }
  return { unitCost: learned(was.unitCost, signals.unitCost), workRatio: learned(was.workRatio, signals.workRatio) }
}
