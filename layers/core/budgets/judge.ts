import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import { burnAt, type InForce, loosened, tightened } from './admitted-fraction.ts'
import { EMPTY_BASELINE, withObservation } from './baseline.ts'
import type { Budget } from './budget.ts'
import { burnThreshold, fastRule, isUnusual } from './fast-rule.ts'
import { fastReason, figuresOf, slowReason, warningReason } from './reason.ts'
import { NEVER_JUDGED, RELEASE_SHARE, scaled } from './rule.ts'
import { type Signals, signalsOf } from './signals.ts'
import { slowRule } from './slow-rule.ts'
import type { BudgetState, Phase, RuleState, WindowFacts } from './state.ts'
import { isHeld } from './transitions.ts'

/** A window tells a baseline something from so many entry requests on. */
const MIN_BASELINE_REQUESTS = 20
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
    ...(held || fast.over > 0 ? baselinesOf(was) : observed(judgement)),
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
  if (slow.firing || fast.firing || was.admit === 1) return was.admit
  return isSustainable(judgement, loosened(was.admit)) ? loosened(was.admit) : was.admit
}

/** The average of a burn outlives it: once the fast rule has fired, a window breaches only if it burns itself. */
function isBreaching({ was, facts, budget, signals, slow, fast }: Judgement): boolean {
  if (slow.firing && slow.over > was.slow.over) return true
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
  if (isUnusual(signals, budget)) return false
  const left = Number(signals.limit - facts.rolling) / Number(signals.pacePerMinute)
  return burn < budget.fast.pace * RELEASE_SHARE && left >= burn * MIN_MINUTES_LEFT
}

/** Burn alone, or the alert share: people are told, nobody is throttled. A warning holds until both are well below. */
function warningOf({ was, facts, budget, signals, fast }: Judgement): 'share' | 'burn' | undefined {
  const share = scaled(signals.limit, budget.alertAtShare)
  if (facts.rolling >= share) return 'share'
  if ((fast.ema ?? 0n) >= burnThreshold(signals, budget)) return 'burn'
  if (was.phase !== 'warned') return undefined
  if (!signals.whole || facts.rolling >= scaled(share, RELEASE_SHARE)) return 'share'
  return fast.under < 3 ? 'burn' : undefined
}

function phaseOf({ slow, fast }: Judgement, admit: number, warning: 'share' | 'burn' | undefined): Phase {
  if (slow.firing || fast.firing) return 'throttled'
  if (admit < 1) return 'releasing'
  return warning === undefined ? 'within' : 'warned'
}

/** Why: newly found while a rule breaches or a warning begins; the one that began it while it lasts. */
function reasonOf(judgement: Judgement, phase: Phase, warning: 'share' | 'burn' | undefined): string {
  const { was, facts, budget, signals, slow, fast } = judgement
  if (phase === 'within') return ''
  if (isHeld({ phase })) {
    if (!isBreaching(judgement)) return was.reason
    return fast.firing && fast.over > was.fast.over ? fastReason(signals, budget) : slowReason(slow, signals, budget)
  }
  return warning === undefined ? was.reason : warningReason(warning, facts, signals, budget)
}

const baselinesOf = ({ unitCost, workRatio }: BudgetState): Pick<BudgetState, 'unitCost' | 'workRatio'> => ({
  unitCost,
  workRatio,
})

/** The baselines with this window; they are frozen while the service breaches or is held. */
function observed({ was, facts, signals }: Judgement): Pick<BudgetState, 'unitCost' | 'workRatio'> {
  const { unitCost, workRatio } = signals
  if (facts.entryRequests < MIN_BASELINE_REQUESTS) return baselinesOf(was)
  return {
    unitCost: unitCost === undefined ? was.unitCost : withObservation(was.unitCost, unitCost, facts.window),
    workRatio: workRatio === undefined ? was.workRatio : withObservation(was.workRatio, workRatio, facts.window),
  }
}
