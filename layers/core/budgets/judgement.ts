import { type EpochMs, MS_PER_MINUTE } from '../time/instants.ts'
import { burnAt, growthTo, type InForce, loosened, probed, tightened } from './admitted-fraction.ts'
import type { Budget } from './budget.ts'
import { burnThreshold, isUnusual } from './fast-rule.ts'
import { firesOwn, ownBreaches } from './judge-own-rules.ts'
import type { OwnRuleState } from './own-rule.ts'
import { fastReason, figuresOf, ownReason, slowReason, type Warning, warningReason } from './reason.ts'
import { RELEASE_SHARE, scaled } from './rule.ts'
import type { Signals } from './signals.ts'
import type { BudgetState, Phase, RuleState, WindowFacts } from './state.ts'
import { isHeld } from './transitions.ts'

/** A dearer commit is worth a message from this share of the limit on. */
const REGRESSION_SHARE = 0.05
/** Beyond its pace a budget carries a rise that leaves money for so long. */
const MIN_MINUTES_LEFT = 60

/** All that is judged of one window, before it is written down. */
export interface Judgement {
  readonly was: BudgetState
  readonly facts: WindowFacts
  readonly budget: Budget
  readonly signals: Signals
  /** What gates admitted while the window passed. */
  readonly inForce: InForce
  readonly slow: RuleState
  readonly fast: RuleState
  /** The budget's own rules. */
  readonly own: readonly OwnRuleState[]
  /** The window is still being filled: what it burns is told without an average. */
  readonly isEarly?: boolean
}

/**
 * The fractions in force while the window that ends at `endMs` passed: 1 in `shadow`, and before the service was held. Windows that
 * come late, because their partition lags, passed before what was made of the ones behind them.
 */
export function inForceBy(was: BudgetState, endMs: EpochMs): InForce {
  const { heldSince, mode, admit, admitBefore } = was
  if (mode !== 'enforce' || (heldSince !== null && endMs <= heldSince)) return { first: 1, last: 1 }
  return { first: heldSince !== null && endMs <= heldSince + MS_PER_MINUTE ? 1 : admitBefore, last: admit }
}

/** The state that a judgement makes of the one before, but for what it has learned. `endMs`: when what it is about began, if it begins. */
export function decided(judgement: Judgement, endMs: EpochMs) {
  const { was, facts, budget, signals, slow, fast } = judgement
  const admit = admitted(judgement)
  const warning = warningOf(judgement)
  const phase = phaseOf(judgement, admit, warning)
  const held = isHeld({ phase })
  return {
    service: was.service,
    phase,
    admit,
    admitBefore: was.admit,
    mode: budget.mode,
    slow,
    fast,
    ...(judgement.own.length > 0 && { own: judgement.own }),
    figures: figuresOf(facts, budget, signals, slow),
    reason: reasonOf(judgement, phase, warning),
    since: phase === was.phase && was.version > 0 ? was.since : endMs,
    heldSince: held ? (was.heldSince ?? endMs) : null,
    version: was.version + 1,
  } satisfies Partial<BudgetState>
}

function admitted(judgement: Judgement): number {
  const { was, budget, signals, inForce, slow, fast, own } = judgement
  if (isBreaching(judgement)) return tightened(was.admit, inForce, signals.burn, budget.floor)
  if (slow.firing || firesOwn(own, budget, 'throttle') || was.admit === 1) return was.admit
  if (!fast.firing && isSustainable(judgement, loosened(was.admit))) return loosened(was.admit)
  return mayProbe(judgement, probed(was.admit)) ? probed(was.admit) : was.admit
}

/**
 * While the fast rule fires a little more is tried where requests cost what they used to and the burn to expect is well within the
 * pace. How much of what is refused only comes back cannot be told from below: a storm of retries that the gate itself keeps up
 * would never be seen to be over.
 */
function mayProbe({ budget, signals, inForce }: Judgement, fraction: number): boolean {
  if (!signals.whole || signals.unitCostRatio === undefined || isUnusual(signals, budget)) return false
  return burnAt(fraction, inForce, signals.burn) < RELEASE_SHARE
}

function isBreaching({ was, signals, budget, slow, fast, own }: Judgement): boolean {
  if (slow.firing && slow.over > was.slow.over) return true
  if (ownBreaches(was.own, own, budget, 'throttle').length > 0) return true
  // What is refused comes back: a runaway that is held and yet burns more than its budget carries is held down further.
  if (isHeld(was) && signals.burn > 1 && isUnusual(signals, budget)) return true
  return fast.firing && fast.over > was.fast.over
}

/**
 * A higher fraction is sustainable if the burn to expect is within the budget's pace; or if work costs what it used to, and
 * the burn is well below what the fast rule looks at, with money left for an hour. Of a lower bound that cannot be said.
 */
function isSustainable({ facts, budget, signals, inForce }: Judgement, fraction: number): boolean {
  if (!signals.whole) return false
  const burn = burnAt(fraction, inForce, signals.burn)
  if (burn <= 1) return true
  if (isUnusual(signals, budget, growthTo(fraction, inForce))) return false
  const left = Number(signals.limit - facts.rolling) / Number(signals.pacePerMinute)
  return burn < budget.fast.pace * RELEASE_SHARE && left >= burn * MIN_MINUTES_LEFT
}

/**
 * Burn alone, the alert share, or a commit that makes requests dearer: people are told, nobody is throttled. A warning of money
 * holds until both are well below.
 */
function warningOf({ was, facts, budget, signals, fast, own, isEarly }: Judgement): Warning | undefined {
  const share = scaled(signals.limit, budget.alertAtShare)
  if (facts.rolling >= share) return 'share'
  const burnt = isEarly ? facts.spent : (fast.ema ?? 0n)
  if (fast.over > 0 || burnt >= burnThreshold(signals, budget)) return 'burn'
  if (facts.regression !== undefined && facts.rolling >= scaled(signals.limit, REGRESSION_SHARE)) return 'commit'
  if (firesOwn(own, budget, 'alert')) return 'rule'
  if (was.phase !== 'warned') return undefined
  if (!signals.whole || facts.rolling >= scaled(share, RELEASE_SHARE)) return 'share'
  return fast.under < 3 ? 'burn' : undefined
}

function phaseOf({ budget, slow, fast, own }: Judgement, admit: number, warning: Warning | undefined): Phase {
  if (slow.firing || fast.firing || firesOwn(own, budget, 'throttle')) return 'throttled'
  if (admit < 1) return 'releasing'
  return warning === undefined ? 'within' : 'warned'
}

/** Why: newly found while a rule breaches or a warning begins; the one that began it while it lasts. */
function reasonOf(judgement: Judgement, phase: Phase, warning: Warning | undefined): string {
  const { was, facts, budget, signals, slow, fast, own } = judgement
  if (phase === 'within') return ''
  if (isHeld({ phase })) {
    if (!isBreaching(judgement)) return was.reason
    if (fast.firing && fast.over > was.fast.over) return fastReason(signals, budget)
    if (slow.firing && slow.over > was.slow.over) return slowReason(slow, signals, budget)
    const [breach] = ownBreaches(was.own, own, budget, 'throttle')
    // Held down further for what comes back: the reason is the one for which it is held.
    return breach === undefined ? was.reason : ownReason(breach, signals)
  }
  if (warning !== 'rule') return warning === undefined ? was.reason : warningReason(warning, facts, signals, budget)
  const [breach] = ownBreaches(was.own, own, budget, 'alert')
  return breach === undefined ? was.reason : ownReason(breach, signals)
}
