import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { PartitionProgress } from '../../layers/core/windows/progress.ts'

/** What a judge makes of the service at the close of a window. */
export interface Standing {
  /** The fraction of requests that gates are told to admit. */
  readonly admit: number
  /** People are told of something. */
  readonly alerted: boolean
}

/** Closes the windows that are due, in order; a standing for each. */
export type SimulatedJudge = (progress: readonly PartitionProgress[], now: EpochMs) => Promise<readonly Standing[]>
