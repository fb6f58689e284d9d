import { type Minute, startOfMinute } from '../time/instants.ts'
import type { Budget } from './budget.ts'
import { burnThreshold, fastRuleEarly, runawayCause } from './fast-rule.ts'
import { decided, inForceBy } from './judgement.ts'
import { scaled } from './rule.ts'
import { type Signals, signalsOf } from './signals.ts'
import type { BudgetState, WindowFacts } from './state.ts'

/** A window that was judged early counts again when so much more has come of it, as a share of what makes a window count. */
const NEWS_SHARE = 0.1

/**
 * Judges windows that are held, or were closed incomplete, and that a partition which falls behind is still filling: what has been
 * booked of one is a lower bound, and a bound that is over the fast rule's threshold is over it whatever else comes. A window counts
 * once in each minute in which more of it comes in: a partition that takes minutes to read one is flooded. It only tightens: nothing
 * is released, learned or closed by it. `windows`: in order, none of them complete; `newest`: the newest window that has ended.
 * Pure; the same state where nothing new is over.
 */
export function judgeEarly(
  was: BudgetState,
  windows: readonly WindowFacts[],
  budget: Budget,
  newest: Minute,
): BudgetState {
  if (was.early?.newest === newest) return was
  const judged = windows.map((facts) => ({ facts, signals: signalsOf(facts, budget, was) }))
  // The newest: what lies before it was told of when it was the newest itself.
  const burning = judged.filter(({ facts, signals }) => facts.spent >= burnThreshold(signals, budget))
  const over = burning.findLast(({ signals }) => runawayCause(signals, budget) !== undefined)
  // Burn alone only warns.
  const found = over ?? (was.phase === 'within' ? burning.at(-1) : undefined)
  if (found === undefined || wasJudgedEarly(was, found.facts, found.signals, budget)) return was
  const { facts, signals } = found
  const inForce = inForceBy(was, startOfMinute((facts.window + 1) as Minute))
  const fast = over === undefined ? was.fast : fastRuleEarly(was.fast, signals, budget)
  const judgement = { was, facts, budget, signals, inForce, slow: was.slow, fast, own: was.own ?? [], isEarly: true }
  const early = over === undefined ? was.early : { window: facts.window, spent: facts.spent, newest }
  // Whether it is held back is for the blast radius to say anew.
  const { heldBack: _, ...kept } = was
  return { ...kept, ...decided(judgement, startOfMinute((newest + 1) as Minute)), early }
}

/** The window, or a later one, was judged early, and no more has come of it since that is worth a word. */
export function wasJudgedEarly(
  { early }: BudgetState,
  { window, spent }: WindowFacts,
  signals: Signals,
  budget: Budget,
): boolean {
  if (early === undefined || window > early.window) return false
  return window < early.window || spent - early.spent < scaled(burnThreshold(signals, budget), NEWS_SHARE)
}
