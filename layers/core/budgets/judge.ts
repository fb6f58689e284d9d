import { formatUsd, type Picodollars } from '../money/picodollars.ts'
import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import { loosened, tightened } from './admitted-fraction.ts'
import { EMPTY_BASELINE, withObservation } from './baseline.ts'
import type { Budget } from './budget.ts'
import { smooth } from './ema.ts'
import { type Signals, signalsOf } from './signals.ts'
import type { BudgetFigures, BudgetState, Phase, RuleState, WindowFacts } from './state.ts'

/** A window tells a baseline something from so many entry requests on. */
const MIN_BASELINE_REQUESTS = 20
/** Below this share of a threshold a window counts towards release. */
const RELEASE_SHARE = 0.9
/** A close is judged in millionths of the budget's pace, so that thresholds with decimals stay exact. */
const MILLION = 1_000_000n

const NO_RULE: RuleState = { ema: undefined, over: 0, under: 0 }

/** The state of a service that was never judged. */
export function freshState(service: string, mode: Budget['mode']): BudgetState {
  return {
    service,
    closed: -1 as Minute,
    hours: [],
    phase: 'within',
    admit: 1,
    mode,
    slow: NO_RULE,
    fast: NO_RULE,
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
    version: 0,
  }
}

/** What the rules say of one window. */
interface Verdict {
  readonly slow: RuleState
  readonly fast: RuleState
  /** The rule that throttles, if one does. */
  readonly breach: 'slow' | 'fast' | undefined
  /** Burn alone, or the alert share: people are told, nobody is throttled. */
  readonly warning: 'share' | 'burn' | undefined
  readonly released: boolean
}

/**
 * Judges one window: folds its signals into the rules, counts, and derives phase and admitted fraction. Pure; a window
 * that was judged before changes nothing. `hours` are the totals that the next close starts from.
 */
export function judge(was: BudgetState, facts: WindowFacts, budget: Budget, hours: BudgetState['hours']): BudgetState {
  if (facts.window <= was.closed) return was
  const signals = signalsOf(facts, budget, was)
  const verdict = verdictOf(was, facts, budget, signals)
  const action = actionOf(was, facts, budget, signals, verdict)
  const calm = verdict.fast.over === 0 && action.phase !== 'throttled' && action.phase !== 'releasing'
  const endMs = startOfMinute((facts.window + 1) as Minute)

  // All is decided; what follows only writes it down.
  return {
    service: was.service,
    closed: facts.window,
    hours,
    ...action,
    mode: budget.mode,
    slow: verdict.slow,
    fast: verdict.fast,
    ...(calm && facts.entryRequests >= MIN_BASELINE_REQUESTS ? observed(was, facts, signals) : baselinesOf(was)),
    figures: figuresOf(facts, budget, signals, verdict),
    reason: action.phase === 'within' ? '' : reasonOf(was, facts, budget, signals, verdict),
    since: action.phase === was.phase && was.version > 0 ? was.since : endMs,
    version: was.version + 1,
  }
}

function verdictOf(was: BudgetState, facts: WindowFacts, budget: Budget, signals: Signals): Verdict {
  const whole = facts.complete && !facts.unpriced
  const slow = counted(was.slow, {
    ema: smooth(was.slow.ema, facts.rolling, budget.slow.alpha),
    threshold: signals.limit,
    fires: (ema) => ema > signals.limit,
    whole,
  })
  const burnLimit = scaled(signals.pacePerMinute, budget.fast.pace)
  const burnEma = smooth(was.fast.ema, facts.spent, budget.fast.alpha)
  const runaway = isRunaway(signals, budget)
  const fast = counted(was.fast, {
    ema: burnEma,
    threshold: burnLimit,
    fires: (ema) => ema >= burnLimit && runaway,
    whole,
  })
  const breach =
    fast.over >= windowsNeeded(burnEma, signals.pacePerMinute)
      ? 'fast'
      : slow.over >= budget.slow.windows
        ? 'slow'
        : undefined
  const overShare = facts.rolling >= scaled(signals.limit, budget.alertAtShare)
  return {
    slow,
    fast,
    breach,
    warning: overShare ? 'share' : burnEma >= burnLimit ? 'burn' : undefined,
    released: isReleased(was, budget, slow, fast, runaway, whole),
  }
}

/** Both burn; a crowd buys more work, a runaway buys none. And no crowd may empty the purse within minutes. */
function isRunaway({ unitCostRatio, workRatioRatio, minutesLeft }: Signals, budget: Budget): boolean {
  return (
    (unitCostRatio ?? 0) >= budget.fast.ratio ||
    (workRatioRatio ?? 0) >= budget.fast.ratio ||
    (minutesLeft !== undefined && minutesLeft < budget.fast.exhaustionMinutes)
  )
}

/** The hotter it burns, the fewer windows are needed to be sure. */
function windowsNeeded(burn: bigint, pace: bigint): number {
  if (burn >= pace * 20n) return 1
  return burn >= pace * 10n ? 2 : 3
}

interface Counting {
  readonly ema: bigint
  readonly threshold: bigint
  readonly fires: (ema: bigint) => boolean
  readonly whole: boolean
}

/** What is missing from a window can only hide money: it may still breach, but never counts towards release. */
function counted(was: RuleState, { ema, threshold, fires, whole }: Counting): RuleState {
  const over = fires(ema) ? was.over + 1 : 0
  const under = whole && over === 0 && ema < scaled(threshold, RELEASE_SHARE) ? was.under + 1 : 0
  return { ema, over, under }
}

/** The rule that throttled has to stay below its threshold for as many windows as it takes to throttle. */
function isReleased(
  was: BudgetState,
  budget: Budget,
  slow: RuleState,
  fast: RuleState,
  runaway: boolean,
  whole: boolean,
): boolean {
  if (was.phase !== 'throttled' && was.phase !== 'releasing') return false
  // While requests are refused the burn is low because of it; what counts is that the cause is gone.
  return whole && !runaway && fast.under >= 3 && slow.under >= budget.slow.windows
}

function actionOf(
  was: BudgetState,
  facts: WindowFacts,
  budget: Budget,
  signals: Signals,
  verdict: Verdict,
): { readonly phase: Phase; readonly admit: number } {
  if (verdict.breach !== undefined) {
    const spentPerPace = inPaces(facts.spent, signals.pacePerMinute)
    return { phase: 'throttled', admit: tightened(was.admit, spentPerPace, budget.floor) }
  }
  if (was.phase === 'throttled' || was.phase === 'releasing') {
    if (!verdict.released) return { phase: was.phase, admit: was.admit }
    const admit = loosened(was.admit)
    if (admit < 1) return { phase: 'releasing', admit }
  }
  return { phase: verdict.warning === undefined ? 'within' : 'warned', admit: 1 }
}

const baselinesOf = ({ unitCost, workRatio }: BudgetState): Pick<BudgetState, 'unitCost' | 'workRatio'> => ({
  unitCost,
  workRatio,
})

function observed(was: BudgetState, facts: WindowFacts, signals: Signals): Pick<BudgetState, 'unitCost' | 'workRatio'> {
  const { unitCost, workRatio } = signals
  return {
    unitCost: unitCost === undefined ? was.unitCost : withObservation(was.unitCost, unitCost, facts.window),
    workRatio: workRatio === undefined ? was.workRatio : withObservation(was.workRatio, workRatio, facts.window),
  }
}

const scaled = (amount: bigint, factor: number): bigint => (amount * BigInt(Math.round(factor * 1e6))) / MILLION

const inPaces = (amount: bigint, pace: bigint): number => Number((amount * MILLION) / pace) / 1e6

const twoDecimals = (value: number): number => Math.round(value * 100) / 100

function figuresOf(facts: WindowFacts, budget: Budget, signals: Signals, verdict: Verdict): BudgetFigures {
  const { unitCostRatio, workRatioRatio, minutesLeft } = signals
  return {
    limitUsd: budget.limitUsd,
    rollingUsd: formatUsd(facts.rolling),
    emaUsd: formatUsd(verdict.slow.ema ?? 0n),
    windowUsd: formatUsd(facts.spent),
    pace: twoDecimals(inPaces(facts.spent, signals.pacePerMinute)),
    unitCostRatio: unitCostRatio === undefined ? null : twoDecimals(unitCostRatio),
    workRatio: workRatioRatio === undefined ? null : twoDecimals(workRatioRatio),
    minutesLeft: minutesLeft === undefined ? null : Math.floor(minutesLeft),
    complete: facts.complete && !facts.unpriced,
  }
}

/** One sentence for people, with the numbers. */
function reasonOf(was: BudgetState, facts: WindowFacts, budget: Budget, signals: Signals, verdict: Verdict): string {
  const partial = facts.complete && !facts.unpriced ? '' : ' (a lower bound: some data or prices are missing)'
  const burn = `burns ${twoDecimals(inPaces(facts.spent, signals.pacePerMinute))} times its budget's pace`
  if (verdict.breach === 'fast') return `${burn}${causeOf(signals, budget)}${partial}`
  if (verdict.breach === 'slow') {
    const ema = cents((verdict.slow.ema ?? 0n) as Picodollars)
    return `spent on average $${ema} in ${budget.periodHours} h, over its limit of $${budget.limitUsd}${partial}`
  }
  if (verdict.warning === 'share' && was.phase !== 'throttled' && was.phase !== 'releasing') {
    return `has spent $${cents(facts.rolling)} of $${budget.limitUsd} in ${budget.periodHours} h${partial}`
  }
  if (verdict.warning === 'burn' && was.phase !== 'throttled' && was.phase !== 'releasing') return `${burn}${partial}`
  return was.reason
}

function causeOf({ unitCostRatio, workRatioRatio, minutesLeft }: Signals, budget: Budget): string {
  if ((unitCostRatio ?? 0) >= budget.fast.ratio) {
    return `, and each request costs ${twoDecimals(unitCostRatio ?? 0)} times what it used to`
  }
  if ((workRatioRatio ?? 0) >= budget.fast.ratio) {
    return `, with ${twoDecimals(workRatioRatio ?? 0)} times as many requests for each one that the world makes`
  }
  return `, and its money is gone in ${Math.max(0, Math.floor(minutesLeft ?? 0))} minutes`
}

/** Dollars and cents for people, rounded down; small amounts keep four decimals. */
function cents(amount: bigint): string {
  const decimals = amount < 10n ** 12n ? 4 : 2
  const unit = 10n ** BigInt(12 - decimals)
  const text = (amount / unit).toString().padStart(decimals + 1, '0')
  return `${text.slice(0, -decimals)}.${text.slice(-decimals)}`
}
