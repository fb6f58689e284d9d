import { burnAt, growthTo, type InForce } from './admitted-fraction.ts'
import type { Budget } from './budget.ts'
import { averaged, counted, RELEASE_SHARE, scaled, type Verdict } from './rule.ts'
import type { Signals } from './signals.ts'
import type { RuleState, WindowFacts } from './state.ts'

/** What makes a burn a runaway, and no crowd. */
export type RunawayCause = 'unit_cost' | 'work_ratio' | 'exhaustion'

/** Windows in a row that it takes to fire, and to stop. */
const WINDOWS = 3
/** At so many times the budget's pace there is no time for a second one. */
const HOT_PACE = 10

/**
 * The fast rule: it counts windows that burn at several times the budget's pace, themselves or on average, and in which either
 * a request costs a multiple of its baseline, or the work for each front-door request is one, or the money is as good as gone.
 * `wasCounted`: the window was judged early, and counted then.
 */
export function fastRule(
  was: RuleState,
  facts: WindowFacts,
  signals: Signals,
  budget: Budget,
  inForce: InForce,
  wasCounted: boolean,
): RuleState {
  const ema = averaged(was, facts.spent, budget.fast.alpha, !signals.whole)
  const verdict = verdictOf(ema, facts, signals, budget, inForce)
  return counted(was, ema, verdict === 'over' && wasCounted ? 'unknown' : verdict, countsOf(signals))
}

/** What a window that is not whole yet adds: it counts, and is no part of the average, which it joins when it closes. */
export const fastRuleEarly = (was: RuleState, signals: Signals): RuleState => ({
  ...counted(was, 0n, 'over', countsOf(signals)),
  ema: was.ema,
})

const countsOf = ({ burn }: Signals) => ({ toFire: burn >= HOT_PACE ? 1 : WINDOWS, toRelease: WINDOWS })

/** The burn, picodollars a minute, from which the fast rule looks at a window. */
export const burnThreshold = ({ pacePerMinute }: Signals, budget: Budget): bigint =>
  scaled(pacePerMinute, budget.fast.pace)

function verdictOf(ema: bigint, facts: WindowFacts, signals: Signals, budget: Budget, inForce: InForce): Verdict {
  const threshold = burnThreshold(signals, budget)
  // An average alone comes a window late on a burn that rises, and it bridges one that dips.
  if (ema >= threshold || facts.spent >= threshold) {
    if (runawayCause(signals, budget) !== undefined) return 'over'
    return signals.whole ? 'between' : 'unknown'
  }
  if (!signals.whole) return 'unknown'
  if (ema >= scaled(threshold, RELEASE_SHARE) || isHeldDown(signals, budget, inForce)) return 'between'
  return 'under'
}

/** Both burn; a crowd buys more work, a runaway buys none. And no crowd may empty the purse within minutes. */
export function runawayCause(signals: Signals, { fast }: Budget): RunawayCause | undefined {
  if ((signals.unitCostRatio ?? 0) >= fast.ratio) return 'unit_cost'
  if ((signals.workRatioRatio ?? 0) >= fast.ratio) return 'work_ratio'
  if (signals.minutesLeft !== undefined && signals.minutesLeft < fast.exhaustionMinutes) return 'exhaustion'
  return undefined
}

/**
 * Unit cost or work ratio are still about as far above their baselines as the rule looks at; or would be, were `growth` times as
 * many requests admitted: what is refused makes no work, and the world asks on.
 */
export const isUnusual = (signals: Signals, { fast }: Budget, growth = 1): boolean =>
  Math.max(signals.unitCostRatio ?? 0, (signals.workRatioRatio ?? 0) * growth) >= fast.ratio * RELEASE_SHARE

/** While requests are refused the burn is low because of it: a runaway that would burn as before, if let, is not over. */
const isHeldDown = (signals: Signals, budget: Budget, inForce: InForce): boolean =>
  isUnusual(signals, budget, growthTo(1, inForce)) &&
  burnAt(1, inForce, signals.burn) >= budget.fast.pace * RELEASE_SHARE
