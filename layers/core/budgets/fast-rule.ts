import type { Minute } from '../time/instants.ts'
import { burnAt, growthTo, type InForce } from './admitted-fraction.ts'
import type { Budget } from './budget.ts'
import { averaged, counted, RELEASE_SHARE, scaled, type Verdict } from './rule.ts'
import type { Signals } from './signals.ts'
import type { RuleState, WindowFacts } from './state.ts'

/** What makes a burn a runaway, and no crowd. */
export type RunawayCause = 'unit_cost' | 'work_ratio' | 'exhaustion'

/** Windows in a row that it takes to stop. */
const WINDOWS = 3
/** At so many times the budget's pace the short window is enough: there is no time to wait for the long one. */
const HOT_PACE = 10
/** Of windows that come late, because their partition lags, so many count in the place of the long one, which is not there yet either. */
const LATE_WINDOWS = 3

/**
 * The fast rule, on two windows as error budgets have them (Google's SRE workbook, chapter 5, multiwindow alerts): the long one says that
 * it is no blip, the short one that it is still going on. It counts windows whose short burn is several times the budget's pace, and
 * in which either a request costs a multiple of its baseline, or the work for each front-door request is one, or the money is as good
 * as gone; it fires at one of them when the long burn is over the same pace. `early`: the window that was judged early last.
 */
export function fastRule(
  was: RuleState,
  facts: WindowFacts,
  signals: Signals,
  budget: Budget,
  inForce: InForce,
  early: { readonly window: Minute; readonly countedThis: boolean } | undefined,
): RuleState {
  const ema = averaged(was, facts.spent, budget.fast.alpha, !signals.whole)
  const verdict = verdictOf(ema, facts, signals, budget, inForce)
  const isLate = early !== undefined && early.window > facts.window - LATE_WINDOWS
  return counted(was, ema, verdict === 'over' && early?.countedThis ? 'unknown' : verdict, {
    toFire: isConfirmed(signals, budget) ? 1 : isLate ? LATE_WINDOWS : Number.POSITIVE_INFINITY,
    toRelease: WINDOWS,
  })
}

/** What a window that is not whole yet adds: it counts, and is no part of the average, which it joins when it closes. */
export const fastRuleEarly = (was: RuleState, signals: Signals, budget: Budget): RuleState => ({
  ...counted(was, 0n, 'over', { toFire: isConfirmed(signals, budget) ? 1 : LATE_WINDOWS, toRelease: WINDOWS }),
  ema: was.ema,
})

const isConfirmed = ({ shortBurn, longBurn }: Signals, { fast }: Budget): boolean =>
  longBurn >= fast.pace || shortBurn >= HOT_PACE

/** The burn, picodollars a minute, from which the fast rule looks at a window. */
export const burnThreshold = ({ pacePerMinute }: Signals, budget: Budget): bigint =>
  scaled(pacePerMinute, budget.fast.pace)

function verdictOf(ema: bigint, facts: WindowFacts, signals: Signals, budget: Budget, inForce: InForce): Verdict {
  const threshold = burnThreshold(signals, budget)
  if (signals.shortBurn >= budget.fast.pace && runawayCause(signals, budget) !== undefined) return 'over'
  if (ema >= threshold || facts.spent >= threshold) return signals.whole ? 'between' : 'unknown'
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
