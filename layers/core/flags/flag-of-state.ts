import type { BudgetState } from '../budgets/state.ts'
import { refuses } from '../budgets/transitions.ts'
import type { EpochMs } from '../time/instants.ts'
import type { Flag } from './flag.ts'

/** As much as readers of the flags document take. */
const REASON_MAX = 1500

/**
 * The flag that a state asks for: its admitted fraction until `now + holdMs`, or, where the state refuses nothing, the
 * end of the flag at `now`. `exempt`: the budget's exemptions. An ended flag is kept for its version, so that an older state cannot raise it again.
 */
export function flagOf(state: BudgetState, now: EpochMs, holdMs: number, exempt: readonly string[] = []): Flag {
  const { service, admit, reason, since, heldSince, version } = state
  if (!refuses(state)) return endedFlag(service, version, now)
  return {
    service,
    admit,
    reason: reason.slice(0, REASON_MAX),
    until: (now + holdMs) as EpochMs,
    since: heldSince ?? since,
    version,
    ...(exempt.length > 0 && { exempt }),
  }
}

/** A flag that is over at `now` and admits everything. */
export const endedFlag = (service: string, version: number, now: EpochMs): Flag => ({
  service,
  admit: 1,
  reason: '',
  until: now,
  since: now,
  version,
})
