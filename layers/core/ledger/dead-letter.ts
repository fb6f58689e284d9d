import type { DeadReason } from '../otlp/span.ts'
import type { EpochMs } from '../time/instants.ts'

/** Where a Kafka record lies. */
export interface Coordinates {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Shard of the ledger: a redriven record is booked under it, so that the fence refuses a second copy. */
  readonly shard: string
  readonly timestampMs: EpochMs
}

/** What one record held that could not be booked, for one reason. */
export interface DeadLetter extends Coordinates {
  readonly reason: DeadReason
  /** What was wrong, a sentence for each body. */
  readonly details: readonly string[]
  /** Bodies that can be produced again, each a whole record. */
  readonly bodies: readonly Uint8Array[]
  readonly spans: number
}

/**
 * The letter's name in the bucket: by reason and UTC day, then by coordinates. A record delivered again writes the
 * same letter under the same name.
 */
export function deadLetterName(letter: DeadLetter): string {
  const day = new Date(letter.timestampMs).toISOString().slice(0, 10)
  return `${letter.reason}/${day}/${letter.shard}/${String(letter.offset).padStart(20, '0')}.json`
}
