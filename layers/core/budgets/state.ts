import type { Picodollars } from '../money/picodollars.ts'
import type { Day } from '../time/days.ts'
import type { EpochMs, Hour, Minute } from '../time/instants.ts'
import type { CommitRegression } from './commit-regression.ts'
import type { OwnRuleState } from './own-rule.ts'

/** What a budget's item says of its service: `within` its budget, `warned`, being `throttled`, or `releasing`. */
export type Phase = 'within' | 'warned' | 'throttled' | 'releasing'

/** What the ledger says of one service at the close of one window. Money includes parked usage at its last known price. */
export interface WindowFacts {
  readonly window: Minute
  /** False: some partition lags, or some usage of the window has no price: money is a lower bound. */
  readonly complete: boolean
  /** Usage of the window whose price is stale or missing though it was once known. */
  readonly unpriced: boolean
  /** Spent in this minute. */
  readonly spent: Picodollars
  /**
   * Spent in the minutes before it, as known now, the newest first: as many as the budget's long window has, or fewer where nothing
   * is known of them.
   */
  readonly spentBefore: readonly bigint[]
  /** Spent in the budget's period that ends with this minute: a true sliding window. */
  readonly rolling: Picodollars
  /** The service's own entry requests of this minute. */
  readonly entryRequests: number
  /** Front-door requests of the service's environment in this minute. */
  readonly frontDoorRequests: number
  /** Of a window that is not whole: as many as there are at most of those, where that can be told. */
  readonly frontDoorAtMost?: number | undefined
  /** The newest commit's requests cost more than those of the one before. */
  readonly regression?: CommitRegression | undefined
}

/** A rule's memory: its EMA and how many windows in a row were above (breach) or below (release) its threshold. */
export interface RuleState {
  readonly ema: bigint | undefined
  readonly over: number
  readonly under: number
  /** It throttles: from the window that makes it fire until it has been below for long enough. */
  readonly firing: boolean
}

/** The median keeper of a ratio over seven days: counts of windows by logarithmic bucket, a map a UTC day. */
export interface Baseline {
  readonly days: { readonly [day: string]: { readonly [bucket: string]: number } }
  /** Absent before the first hour. */
  readonly weekly?: WeeklyHours | undefined
}

/** Hours of the week in which a ratio is far from its median: work that comes every week at its time. */
export interface WeeklyHours {
  /** The hour under way, and its windows by bucket. */
  readonly hour: Hour
  readonly counts: { readonly [bucket: string]: number }
  /** By hour of the week, 0 to 167: the median's bucket, the first hour that it was seen in, and the last. */
  readonly odd: {
    readonly [hourOfWeek: string]: { readonly bucket: number; readonly since: Hour; readonly last: Hour }
  }
}

/** All that the close remembers of one service. */
export interface BudgetState {
  readonly service: string
  /** The last window judged; a close of it or an older one changes nothing. */
  readonly closed: Minute
  /** Totals of the hours of the period, by hour; of a monthly one those of yesterday and today. */
  readonly hours: readonly { readonly hour: Hour; readonly cost: Picodollars }[]
  /** Of a monthly budget: totals of the month's days before those hours. Undefined: not counted yet. */
  readonly days?: readonly { readonly day: Day; readonly cost: Picodollars }[] | undefined
  readonly phase: Phase
  /** Fraction admitted, 0 to 1, four decimals; 1 unless throttled or releasing. In `shadow`: what it would be. */
  readonly admit: number
  /** The fraction before the last judgement. Most of a window passes under it: a flag takes effect 40 s into the next one. */
  readonly admitBefore: number
  readonly mode: 'shadow' | 'enforce'
  readonly slow: RuleState
  readonly fast: RuleState
  /** The memories of the budget's own rules; absent where it has none. */
  readonly own?: readonly OwnRuleState[] | undefined
  readonly unitCost: Baseline
  readonly workRatio: Baseline
  /** The numbers of the last judgement, as people read them in flags, alerts and `top`. */
  readonly figures: BudgetFigures
  /** Why it is in its phase, one sentence; '' while within. */
  readonly reason: string
  /** End of the window at which the phase began. */
  readonly since: EpochMs
  /** When it was first throttled without a break, through `throttled` and `releasing`; null while it is in neither. */
  readonly heldSince: EpochMs | null
  /** Grows by one with every judgement. */
  readonly version: number
  /** What it was before its phase moved last, and the version that this made: what alerts of one minute are gathered by. */
  readonly turned?:
    | { readonly from: Pick<BudgetState, 'phase' | 'mode' | 'heldBack'>; readonly version: number }
    | undefined
  /** What was last judged early, of a window that a lagging partition was still filling: its spend by then, and the newest window then. */
  readonly early?: { readonly window: Minute; readonly spent: Picodollars; readonly newest: Minute } | undefined
  /** Entry requests of the judged window. Absent in states of before this was kept. */
  readonly requests?: number | undefined
  /** End of the window from which it has refused requests without a break; undefined while it refuses none. */
  readonly refusedSince?: EpochMs | undefined
  /** Why it would be throttled, where the blast radius holds that back; its phase is `warned` then. */
  readonly heldBack?: string | undefined
}

/** Figures of one judged window; decimal strings of USD, ratios rounded to two decimals. */
export interface BudgetFigures {
  readonly limitUsd: string
  readonly rollingUsd: string
  readonly emaUsd: string
  readonly windowUsd: string
  /** Burn of this window in multiples of the budget's pace. */
  readonly pace: number
  /** Cost per entry request, in multiples of its baseline; null without a baseline. */
  readonly unitCostRatio: number | null
  /** Entry requests per front-door request, in multiples of its baseline; null without a baseline. */
  readonly workRatio: number | null
  /** Minutes until the limit is spent at this window's burn; null where nothing burns. */
  readonly minutesLeft: number | null
  readonly complete: boolean
}
