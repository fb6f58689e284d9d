import type { Picodollars } from '../money/picodollars.ts'
import type { Sku } from '../rating/usage.ts'
import type { EpochMs, Hour } from '../time/instants.ts'

/** The ledger's generation: a replay writes the next one, and readers are switched to it whole. */
export const GENERATION = 1

/** Names one ledger row: all that one (service, hour, commit, shard) spent. */
export interface RowKey {
  readonly service: string
  readonly hour: Hour
  readonly commit: string
  /** Short hash of (cluster, topic, configured epoch), a dot, the partition: `k3f9.3`. */
  readonly shard: string
}

/** The last Kafka offset folded into a row, with the newest Kafka timestamp of what is folded. */
export interface Fence {
  readonly offset: number
  readonly timestampMs: EpochMs
}

/** What one minute of an hour holds. Counts are weighted by sampling. */
interface MinuteTotals {
  /** 0 to 59. */
  readonly minute: number
  readonly cost: Picodollars
  readonly entryRequests: number
}

/** What one operation of a row holds. `spans`: charged spans, and entry spans, weighted by sampling. */
export interface OperationTotals {
  readonly operation: string
  readonly cost: Picodollars
  readonly spans: number
}

/** Where spans ended: `booked`, `parked`, `inner`, `no-meter`, `unmetered:<attribute>`; unweighted counts of spans received. */
type Outcome = string

/** A ledger row as readers see it. What was settled of a parked row is one more row of the same key. */
export interface LedgerRow extends RowKey {
  readonly fence: Fence
  readonly minutes: readonly MinuteTotals[]
  readonly operations: readonly OperationTotals[]
  /** Priced usage by SKU, in quanta; for reconciliation with the bill. */
  readonly usage: readonly { readonly sku: Sku; readonly quantity: bigint }[]
  readonly outcomes: readonly { readonly outcome: Outcome; readonly spans: number }[]
}

/** Usage that still waits for a price, of one minute of one ledger row. */
export interface ParkedRow extends RowKey {
  readonly minute: number
  readonly fence: Fence
  readonly usage: readonly {
    readonly operation: string
    readonly sku: Sku
    readonly quantity: bigint
    readonly spans: number
  }[]
}

/** Requests that the world asked an environment for, by minute of the hour; kept on the environment's own row. */
export interface FrontDoorRow {
  readonly environment: string
  readonly hour: Hour
  readonly minutes: readonly { readonly minute: number; readonly requests: number }[]
}
