import { type BudgetChange, eachBudgetChange, type StreamResponse } from '../../layers/adapters/budget-stream.ts'
import type { FlagsTable } from '../../layers/adapters/flags-table.ts'
import { refuses } from '../../layers/core/budgets/transitions.ts'
import { endedFlag, flagOf } from '../../layers/core/flags/flag-of-state.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What publish-throttle asks of the world. */
export interface PublishThrottlePorts {
  readonly now: () => EpochMs
  readonly putFlag: FlagsTable['putFlag']
  /** How long a flag holds without being renewed, ms. */
  readonly flagMs: number
  /** What of a service is never throttled. */
  readonly exemptionsOf: (service: string) => readonly string[]
  /** Gets what failed; the stream delivers that change again. */
  readonly observeFailure: (service: string, error: unknown) => void
}

/**
 * Makes the function on the Budgets table's stream that keeps flags: written and renewed while a state refuses requests,
 * ended when it no longer does. A shadow budget has no flag.
 * It throws NotABudgetsEvent.
 */
export function publishThrottle(ports: PublishThrottlePorts) {
  return (event: unknown): Promise<StreamResponse> =>
    eachBudgetChange(event, (change) => keepFlag(ports, change), ports.observeFailure)
}

async function keepFlag(
  { now, putFlag, flagMs, exemptionsOf }: PublishThrottlePorts,
  change: BudgetChange,
): Promise<void> {
  const { service, before, after } = change
  const had = before !== undefined && refuses(before)
  const at = now()
  if (after === undefined) {
    if (had) await putFlag(endedFlag(service, before.version + 1, at), at)
    return
  }
  if (had || refuses(after)) await putFlag(flagOf(after, at, flagMs, exemptionsOf(service)), at)
}
