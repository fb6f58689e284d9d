import type { DeadReason } from '../otlp/span.ts'
import type { EpochMs } from '../time/instants.ts'
import { type Origin, redriveShard } from './origin.ts'

/** Where a Kafka record lies. */
interface Coordinates {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Shard of the ledger; with the offset it names the record in the whole system. */
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
  /** Of a redriven record that died again: where it died first. It has one body, the whole record. */
  readonly origin?: Origin
}

/**
 * The letter's name in the bucket: by reason and UTC day, then by coordinates. A record delivered again writes the
 * same letter under the same name; so do the copies of a redriven record, under the name of their origin and attempt.
 */
export function deadLetterName({ reason, timestampMs, shard, offset, origin }: DeadLetter): string {
  const folder = `${reason}/${new Date(timestampMs).toISOString().slice(0, 10)}`
  if (origin !== undefined) return `${folder}/${redriveShard(origin)}/${String(origin.attempt).padStart(5, '0')}.json`
  return `${folder}/${shard}/${String(offset).padStart(20, '0')}.json`
}

/** What is produced of a letter: a record for each body, with its origin. Redriving any of them any number of times gives the same. */
export function redrivenParts(letter: DeadLetter): readonly { readonly body: Uint8Array; readonly origin: Origin }[] {
  const { shard, offset, timestampMs, reason, origin } = letter
  return letter.bodies.map((body, part) => ({
    body,
    origin:
      origin === undefined
        ? { shard, offset, timestampMs, reason, part, attempt: 1 }
        : { ...origin, attempt: origin.attempt + 1 },
  }))
}
