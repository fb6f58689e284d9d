import type { Flag } from '../flags/flag.ts'
import { parseUsd } from '../money/picodollars.ts'
import { type EpochMs, type Minute, startOfMinute } from '../time/instants.ts'
import { inForce, type Override, type ServiceChanges, type Signed } from './change.ts'
import type { BudgetFigures, BudgetState, Phase } from './state.ts'

/** How one service stands, as `GET /v1/budgets` answers and `tollgate top` shows. */
interface BudgetStanding {
  readonly service: string
  readonly mode: 'shadow' | 'enforce'
  readonly phase: Phase
  /** Fraction admitted; in shadow: what it would be. */
  readonly admit: number
  /** Share of the limit that the rolling period has spent, in percent, rounded down; null for a limit of 0, and before the first judgement. */
  readonly usedPercent: number | null
  readonly figures: BudgetFigures
  readonly reason: string
  /** When the phase began, ISO 8601; null before the first judgement. */
  readonly since: string | null
  /** End of the last judged window, ISO 8601; null before the first judgement. */
  readonly judgedUpTo: string | null
  /** What the gates are told; null where they admit everything. */
  readonly flag: { readonly admit: number; readonly reason: string; readonly until: string } | null
  /** What people have changed, as long as it holds; one sentence each. */
  readonly changes: readonly string[]
}

/** All services' standings: the throttled first, then by the share of the budget used. */
export interface BudgetsReport {
  readonly asOf: string
  readonly budgets: readonly BudgetStanding[]
}

/** Shapes states, flags and changes into an answer. Flags and changes that have expired at `now` are left out. */
export function budgetsReport(
  states: readonly BudgetState[],
  flags: readonly Flag[],
  changes: readonly ServiceChanges[],
  now: EpochMs,
): BudgetsReport {
  const changesOf = new Map(changes.map((one) => [one.service, inForce(one, now)]))
  const holding = new Map(flags.filter((flag) => now < flag.until).map((flag) => [flag.service, flag]))
  return {
    asOf: iso(now),
    budgets: states
      .map((state) => standingOf(state, holding.get(state.service), changesOf.get(state.service)))
      .sort(mostPressingFirst),
  }
}

function standingOf(state: BudgetState, flag: Flag | undefined, changes: ServiceChanges | undefined): BudgetStanding {
  const { service, mode, phase, admit, figures, reason } = state
  const judged = state.version > 0
  return {
    service,
    mode,
    phase,
    admit,
    usedPercent: usedPercent(figures),
    figures,
    reason,
    since: judged ? iso(state.since) : null,
    judgedUpTo: judged ? iso(startOfMinute((state.closed + 1) as Minute)) : null,
    flag: flag === undefined ? null : { admit: flag.admit, reason: flag.reason, until: iso(flag.until) },
    changes: changes === undefined ? [] : sentencesOf(changes),
  }
}

const overridden = ({ limitUsd, mode }: Override): string =>
  [...(limitUsd === undefined ? [] : [`limit $${limitUsd}`]), ...(mode === undefined ? [] : [mode])].join(', ')

function sentencesOf({ override, grants }: ServiceChanges): readonly string[] {
  const signed = ({ until, reason, by }: Signed) => `until ${iso(until)}, by ${by}: ${reason}`
  return [
    ...(override === null ? [] : [`${overridden(override)} ${signed(override)}`]),
    ...grants.map((grant) => `$${grant.usd} more ${signed(grant)}`),
  ]
}

function usedPercent({ limitUsd, rollingUsd }: BudgetFigures): number | null {
  const limit = parseUsd(limitUsd)
  return limit === 0n ? null : Number((parseUsd(rollingUsd) * 100n) / limit)
}

function mostPressingFirst(a: BudgetStanding, b: BudgetStanding): number {
  if ((a.flag === null) !== (b.flag === null)) return a.flag === null ? 1 : -1
  return pressure(b) - pressure(a) || (a.service < b.service ? -1 : 1)
}

/** A limit of 0 is more than used up by anything; what was never judged presses least. */
const pressure = ({ usedPercent, judgedUpTo }: BudgetStanding): number =>
  usedPercent ?? (judgedUpTo === null ? -1 : Number.MAX_SAFE_INTEGER)

const iso = (at: EpochMs): string => new Date(at).toISOString()
