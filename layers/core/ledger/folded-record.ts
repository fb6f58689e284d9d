import type { WholeNumber } from '../money/whole-number.ts'
import type { Sku } from '../rating/usage.ts'
import type { Hour } from '../time/instants.ts'
import type { CounterKey } from './counters.ts'

/** Spans of one operation and minute that used the same SKUs: all of them are priced, or all wait for the same price. */
export interface UsageGroup {
  /** `usageKey(skus)`. */
  readonly key: string
  readonly skus: readonly Sku[]
  /** Quanta by SKU, in the order of `skus`; weighted by sampling. */
  readonly quantities: WholeNumber[]
  /** Spans received. */
  received: number
  /** Spans that those stand for (sampling). */
  weighted: number
}

/** What one minute of one operation used. */
export interface MinuteUsage {
  /** Of the row's hour, 0 to 59. */
  readonly minute: number
  groups: readonly UsageGroup[]
  /** Charged and entry spans, weighted. */
  spans: number
  entryRequests: number
}

/** What one operation of a row used, by minute of the hour. */
export interface OperationUsage {
  readonly operation: string
  readonly counter: CounterKey
  readonly minutes: MinuteUsage[]
}

/** What one record holds for one (service, hour, commit). */
export interface FoldedRow {
  readonly service: string
  readonly hour: Hour
  readonly commit: string
  /** Each operation once. */
  readonly operations: OperationUsage[]
  /** Spans received that are not charged, by reason. */
  readonly uncharged: Map<string, number>
}

/** Front-door requests of one environment and hour, by minute, weighted. */
export interface FoldedFrontDoor {
  readonly environment: string
  readonly hour: Hour
  readonly minutes: Map<number, number>
}

/** A Kafka record as integer totals: no money yet, so nothing here depends on prices. */
export interface FoldedRecord {
  readonly rows: readonly FoldedRow[]
  readonly frontDoors: readonly FoldedFrontDoor[]
  /** `checkout: model/openai/x/input-token`: SKUs that found no room, the first of them; their usage is under `unknown/<meter>`. */
  readonly crowdedOut: readonly string[]
}
