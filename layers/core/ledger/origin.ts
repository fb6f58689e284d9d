import { DEAD_REASONS, type DeadReason } from '../otlp/span.ts'
import type { EpochMs } from '../time/instants.ts'

/** The header that makes a record a redriven one. */
export const ORIGIN_HEADER = 'tollgate-origin'

/** Where the body of a redriven record died first. Copies of it, and later attempts, have the same origin but for `attempt`. */
export interface Origin {
  /** Shard and offset of the record that held it, and that record's own Kafka timestamp. */
  readonly shard: string
  readonly offset: number
  readonly timestampMs: EpochMs
  /** Why it died there, and its place among the bodies that died of that. */
  readonly reason: DeadReason
  readonly part: number
  /** 1 for what the first redrive produces; names the letter, should it die again. */
  readonly attempt: number
}

/** `k3f9.3 7 1795424400000 impossible_time 0 1`: the header's value. */
export const formatOrigin = ({ shard, offset, timestampMs, reason, part, attempt }: Origin): string =>
  `${shard} ${offset} ${timestampMs} ${reason} ${part} ${attempt}`

const HEADER = /^([0-9a-z]{1,12}\.\d{1,5}) (\d{1,16}) (\d{1,13}) ([a-z_]{1,40}) (\d{1,5}) (\d{1,5})$/

/** The origin that a header names; undefined for a text that `formatOrigin` has not written. */
export function parseOrigin(text: string): Origin | undefined {
  const [, shard, offset, timestamp, reasonText, part, attempt] = HEADER.exec(text) ?? []
  const reason = DEAD_REASONS.find((known) => known === reasonText)
  if (shard === undefined || reason === undefined || !Number.isSafeInteger(Number(offset))) return undefined
  const timestampMs = Number(timestamp) as EpochMs
  return { shard, offset: Number(offset), timestampMs, reason, part: Number(part), attempt: Number(attempt) }
}

/**
 * The shard under which a redriven body is booked: one of its own, `k3f9.3r7.impossible_time.0`. Its rows hold that body and
 * nothing else, so whether they are there says whether it is booked, in whatever order and how often it is redriven.
 */
export const redriveShard = ({ shard, offset, reason, part }: Origin): string => `${shard}r${offset}.${reason}.${part}`

/** The fence of a row of a redrive shard: it holds one record, the first. */
export const REDRIVEN_OFFSET = 0
