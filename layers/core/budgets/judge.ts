import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import { burnAt, growthTo, type InForce, loosened, probed, tightened } from './admitted-fraction.ts'
import { EMPTY_BASELINE, withHourOfWeek, withObservation } from './baseline.ts'
import type { Budget } from './budget.ts'
import { burnThreshold, fastRule, isUnusual } from './fast-rule.ts'
import { fastReason, figuresOf, slowReason, type Warning, warningReason } from './reason.ts'
import { NEVER_JUDGED, RELEASE_SHARE, scaled } from './rule.ts'
import { type Signals, signalsOf, TELLING_REQUESTS } from './signals.ts'
import { slowRule } from './slow-rule.ts'
import type { Baseline, BudgetState, Phase, RuleState, WindowFacts } from './state.ts'
import { isHeld } from './transitions.ts'

/** A dearer commit is worth a message from this share of the limit on. */
const REGRESSION_SHARE = 0.05
/** Beyond its pace a budget carries a rise that leaves money for so long. */
const MIN_MINUTES_LEFT = 60

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

/** All that is judged of one window, before it is written down. */
interface Judgement {
  readonly was: BudgetState
  readonly facts: WindowFacts
  readonly budget: Budget
  readonly signals: Signals
  /** In `shadow` nothing is refused, whatever the state would admit. */
  readonly inForce: InForce
  readonly slow: RuleState
  readonly fast: RuleState
}

/**
 * Judges one window: folds its signals into the rules, counts, and derives phase and admitted fraction. Pure; a window
 * that was judged before changes nothing. `hours` are the totals that the next close starts from.
 */
export function judge(was: BudgetState, facts: WindowFacts, budget: Budget, hours: BudgetState['hours']): BudgetState {
  if (facts.window <= was.closed) return was
  const signals = signalsOf(facts, budget, was)
  const inForce =
    was.mode === 'enforce' ? { first: was.admitBefore, last: was.admit } : ({ first: 1, last: 1 } as const)
  const slow = slowRule(was.slow, facts, signals, budget)
  const fast = fastRule(was.fast, facts, signals, budget, inForce)
  const judgement: Judgement = { was, facts, budget, signals, inForce, slow, fast }
  const admit = admitted(judgement)
  const warning = warningOf(judgement)
  const phase = phaseOf(judgement, admit, warning)
  const held = isHeld({ phase })
  const endMs = startOfMinute((facts.window + 1) as Minute)

  // All is decided; what follows only writes it down.
  return {
    service: was.service,
    closed: facts.window,
    hours,
    phase,
    admit,
    admitBefore: was.admit,
    mode: budget.mode,
    slow,
    fast,
    ...observed(judgement, held || fast.over > 0),
    figures: figuresOf(facts, budget, signals, slow),
    reason: reasonOf(judgement, phase, warning),
    since: phase === was.phase && was.version > 0 ? was.since : endMs,
    heldSince: held ? (was.heldSince ?? endMs) : null,
    version: was.version + 1,
  }
}

function admitted(judgement: Judgement): number {
  const { was, budget, signals, inForce, slow, fast } = judgement
  if (isBreaching(judgement)) return tightened(was.admit, inForce, signals.burn, budget.floor)
  if (slow.firing || was.admit === 1) return was.admit
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

/** The average of a burn outlives it: once the fast rule has fired, a window breaches only if it burns itself. */
function isBreaching({ was, facts, budget, signals, slow, fast }: Judgement): boolean {
  if (slow.firing && slow.over > was.slow.over) return true
  // What is refused comes back: a runaway that is held and yet burns more than its budget carries is held down further.
  if (isHeld(was) && signals.burn > 1 && isUnusual(signals, budget)) return true
  if (!fast.firing || fast.over === was.fast.over || fast.over === 0) return false
  return !was.fast.firing || facts.spent >= burnThreshold(signals, budget)
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
function warningOf({ was, facts, budget, signals, fast }: Judgement): Warning | undefined {
  const share = scaled(signals.limit, budget.alertAtShare)
  if (facts.rolling >= share) return 'share'
  if (fast.over > 0 || (fast.ema ?? 0n) >= burnThreshold(signals, budget)) return 'burn'
  if (facts.regression !== undefined && facts.rolling >= scaled(signals.limit, REGRESSION_SHARE)) return 'commit'
  if (was.phase !== 'warned') return undefined
  if (!signals.whole || facts.rolling >= scaled(share, RELEASE_SHARE)) return 'share'
  return fast.under < 3 ? 'burn' : undefined
}

function phaseOf({ slow, fast }: Judgement, admit: number, warning: Warning | undefined): Phase {
  if (slow.firing || fast.firing) return 'throttled'
  if (admit < 1) return 'releasing'
  return warning === undefined ? 'within' : 'warned'
}

/** Why: newly found while a rule breaches or a warning begins; the one that began it while it lasts. */
function reasonOf(judgement: Judgement, phase: Phase, warning: Warning | undefined): string {
  const { was, facts, budget, signals, slow, fast } = judgement
  if (phase === 'within') return ''
  if (isHeld({ phase })) {
    if (!isBreaching(judgement)) return was.reason
    if (fast.firing && fast.over > was.fast.over) return fastReason(signals, budget)
    // Held down further for what comes back: the reason is the one for which it is held.
    return slow.firing && slow.over > was.slow.over ? slowReason(slow, signals, budget) : was.reason
  }
  return warning === undefined ? was.reason : warningReason(warning, facts, signals, budget)
}

/**
 * The baselines with this window. They are frozen while the service breaches or is held. But `shadow`, in which every budget starts,
 * is for learning: what comes every week at its hour is known to that hour, and enforced against nobody's word.
 */
function observed({ was, facts, signals }: Judgement, isFrozen: boolean): Pick<BudgetState, 'unitCost' | 'workRatio'> {
  const isTelling = signals.whole && facts.entryRequests >= TELLING_REQUESTS
  const learned = (baseline: Baseline, value: number | undefined): Baseline => {
    if (value === undefined || !isTelling || (isFrozen && was.mode === 'enforce')) return baseline
    const known = withHourOfWeek(baseline, value, facts.window)
    return isFrozen ? known : withObservation(known, value, facts.window)
  }
  return { unitCost: learned(was.unitCost, signals.unitCost), workRatio: learned(was.workRatio, signals.workRatio) }
}
