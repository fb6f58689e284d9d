import type { Flag } from '../flags/flag.ts'
import { parseUsd } from '../money/picodollars.ts'
import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import type { BudgetFigures, BudgetState, Phase } from './state.ts'

/** How one service stands, as `GET /v1/budgets` answers and `tollgate top` shows. */
interface BudgetStanding {
  readonly service: string
  readonly mode: 'shadow' | 'enforce'
  readonly phase: Phase
  /** Fraction admitted; in shadow: what it would be. */
  readonly admit: number
  /** Share of the limit that the rolling period has spent, in percent, rounded down; null for a limit of 0. */
  readonly usedPercent: number | null
  readonly figures: BudgetFigures
  readonly reason: string
  /** When the phase began, ISO 8601. */
  readonly since: string
  /** End of the last judged window, ISO 8601; null where none was judged yet. */
  readonly judgedUpTo: string | null
  /** What the gates are told; null where they admit everything. */
  readonly flag: { readonly admit: number; readonly reason: string; readonly until: string } | null
}

/** All services' standings: the throttled first, then by the share of the budget used. */
export interface BudgetsReport {
  readonly asOf: string
  readonly budgets: readonly BudgetStanding[]
}

/** Shapes states and flags into an answer. Flags that have expired at `now` are left out. */
export function budgetsReport(states: readonly BudgetState[], flags: readonly Flag[], now: EpochMs): BudgetsReport {
  const holding = new Map(flags.filter((flag) => now < flag.until).map((flag) => [flag.service, flag]))
  return {
    asOf: iso(now),
    budgets: states.map((state) => standingOf(state, holding.get(state.service))).sort(mostPressingFirst),
  }
}

function standingOf(state: BudgetState, flag: Flag | undefined): BudgetStanding {
  const { service, mode, phase, admit, figures, reason } = state
  return {
    service,
    mode,
    phase,
    admit,
    usedPercent: usedPercent(figures),
    figures,
    reason,
    since: iso(state.since),
    judgedUpTo: state.version === 0 ? null : iso(startOfMinute((state.closed + 1) as Minute)),
    flag: flag === undefined ? null : { admit: flag.admit, reason: flag.reason, until: iso(flag.until) },
  }
}

function usedPercent({ limitUsd, rollingUsd }: BudgetFigures): number | null {
  const limit = parseUsd(limitUsd)
  return limit === 0n ? null : Number((parseUsd(rollingUsd) * 100n) / limit)
}

function mostPressingFirst(a: BudgetStanding, b: BudgetStanding): number {
  if ((a.flag === null) !== (b.flag === null)) return a.flag === null ? 1 : -1
  const used = (b.usedPercent ?? Number.MAX_SAFE_INTEGER) - (a.usedPercent ?? Number.MAX_SAFE_INTEGER)
  return used || (a.service < b.service ? -1 : 1)
}

const iso = (at: EpochMs): string => new Date(at).toISOString()
