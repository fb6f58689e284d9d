import type { EpochMs } from '../time/instants.ts'

/** What enforcement publishes for one service. No flag, or one past `until`, admits everything. */
export interface Flag {
  readonly service: string
  /** The fraction of requests to admit, 0 to 1, four decimals. */
  readonly admit: number
  /** One sentence for people: which rule, which numbers. */
  readonly reason: string
  /** Absolute expiry: a dead system lets go by itself. */
  readonly until: EpochMs
  /** When the service was first throttled without a break. */
  readonly since: EpochMs
  /** Requests that are admitted in any case, as exemption.ts reads them; absent where there are none. */
  readonly exempt?: readonly string[] | undefined
  /** Grows with every change of one service's flag: the newest state wins, whatever order changes arrive in. */
  readonly version: number
}

/** The document that throttle-gate serves and gates poll. */
export interface FlagsDocument {
  readonly flags: readonly Flag[]
}
