import type { Picodollars } from '../money/picodollars.ts'
import { decodeRecord } from '../otlp/decode-record.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { EpochMs, Hour } from '../time/instants.ts'
import { foldRecord } from './fold-record.ts'
import type { FoldedRow } from './folded-record.ts'
import { type Origin, redriveShard } from './origin.ts'

/** One record of the topic as attribute-spans decodes it. */
export interface AuditedRecord {
  readonly timestampMs: EpochMs
  /** Unpacked; undefined where it cannot be unpacked. */
  readonly value: Uint8Array | undefined
  readonly origin: Origin | undefined
}

/** What records hold that attribute-spans has finished with: spans, by what must have become of them. */
export interface TopicSums {
  readonly records: number
  readonly spans: number
  readonly dead: number
  /** Spans of redriven records that died again. */
  readonly diedAgain: number
  /** Spans of redriven records of which another was booked. */
  readonly copies: number
  /** The others, by service and hour. */
  readonly counted: readonly { readonly service: string; readonly hour: Hour; readonly spans: number }[]
  /** These are all records that the topic had since then. */
  readonly isWhole: boolean
}

/** A count of a topic under way. */
export interface TopicCount {
  add(record: AuditedRecord): void
  /** What was added so far. `isWhole`: these are all records that the topic had since then. */
  sums(isWhole: boolean): TopicSums
}

/**
 * Counts the spans of a topic by service and hour, record by record, with the decoder and the bounds of attribute-spans but
 * with none of its batches, fences and writes: what the ledger must say.
 */
export function countTopic(context: RatingContext, maxDeclared: Picodollars): TopicCount {
  const sums = { records: 0, spans: 0, dead: 0, diedAgain: 0, copies: 0 }
  const counted = new Map<string, { service: string; hour: Hour; spans: number }>()
  const redriven = new Set<string>()

  /** Whether what lives of the record counts: of redriven bodies the first that does not die again. */
  const isCounted = (origin: Origin | undefined, spans: number, dead: number): boolean => {
    if (origin === undefined) {
      sums.dead += dead
      return true
    }
    if (dead > 0) {
      sums.diedAgain += spans
      return false
    }
    if (redriven.has(redriveShard(origin))) {
      sums.copies += spans
      return false
    }
    redriven.add(redriveShard(origin))
    return true
  }

  return {
    add({ value, timestampMs, origin }) {
      const decoded = value && decodeRecord(value, origin?.timestampMs ?? timestampMs, maxDeclared)
      const dead = decoded === undefined ? 1 : decoded.dead.reduce((sum, part) => sum + part.spans, 0)
      const spans = dead + (decoded === undefined ? 0 : decoded.spans.length + decoded.plain.length)
      sums.records += 1
      sums.spans += spans
      if (!isCounted(origin, spans, dead) || decoded === undefined) return
      for (const row of foldRecord(decoded, context).rows) {
        const key = `${row.service}\n${row.hour}`
        const line = counted.get(key) ?? { service: row.service, hour: row.hour, spans: 0 }
        line.spans += spansOf(row)
        counted.set(key, line)
      }
    },
    sums: (isWhole) => ({ ...sums, counted: [...counted.values()], isWhole }),
  }
}

function spansOf({ operations, uncharged }: FoldedRow): number {
  let spans = 0
  for (const count of uncharged.values()) spans += count
  for (const { minutes } of operations) {
    for (const { groups } of minutes) for (const { received } of groups) spans += received
  }
  return spans
}
