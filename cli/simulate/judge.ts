import { type EpochMs, type Minute, startOfMinute } from '../../layers/core/time/instants.ts'
import { GRACE_MS, type PartitionProgress } from '../../layers/core/windows/progress.ts'

/** What a judge makes of the service at the close of a window. */
export interface Standing {
  /** The fraction of requests that gates are told to admit. */
  readonly admit: number
  /** People are told of something. */
  readonly alerted: boolean
}

/** Closes the windows that are due, in order; a standing for each. */
export type SimulatedJudge = (
  progress: () => readonly PartitionProgress[],
  now: EpochMs,
) => Promise<readonly Standing[]>

/** Before its grace is over no window is due, whatever the partitions say: most seconds need not ask them. */
export const mayBeDue = (closed: Minute | undefined, now: EpochMs): boolean =>
  closed === undefined || now >= startOfMinute((closed + 2) as Minute) + GRACE_MS
