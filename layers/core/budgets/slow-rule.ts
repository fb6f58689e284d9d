import type { Budget } from './budget.ts'
import { averaged, counted, RELEASE_SHARE, scaled, type Verdict } from './rule.ts'
import type { Signals } from './signals.ts'
import type { RuleState, WindowFacts } from './state.ts'

/** The article's rule: the average of rolling spend above the limit for some windows in a row. */
export function slowRule(was: RuleState, facts: WindowFacts, { limit, whole }: Signals, budget: Budget): RuleState {
  const ema = averaged(was, facts.rolling, budget.slow.alpha, !whole)
  const { windows } = budget.slow
  return counted(was, ema, verdictOf(ema, limit, whole), { toFire: windows, toRelease: windows })
}

function verdictOf(ema: bigint, limit: bigint, whole: boolean): Verdict {
  if (ema > limit) return 'over'
  if (!whole) return 'unknown'
  return ema < scaled(limit, RELEASE_SHARE) ? 'under' : 'between'
}
