import type { Picodollars } from '../money/picodollars.ts'
import { decodeRecord } from '../otlp/decode-record.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { EpochMs, Hour } from '../time/instants.ts'
import type { FoldedRow } from './fold.ts'
import { foldRecord } from './fold-record.ts'
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
  /** These are all records that the topic ever had. */
  readonly isWhole: boolean
}

/**
 * Counts the spans of a topic by service and hour, with the decoder and the bounds of attribute-spans but with none of its
 * batches, fences and writes: what the ledger must say.
 */
export function sumTopic(
  records: Iterable<AuditedRecord>,
  isWhole: boolean,
  context: RatingContext,
  maxDeclared: Picodollars,
): TopicSums {
  const sums = { records: 0, spans: 0, dead: 0, diedAgain: 0, copies: 0 }
  const counted = new Map<string, { service: string; hour: Hour; spans: number }>()
  const redriven = new Set<string>()
  for (const { value, timestampMs, origin } of records) {
    sums.records += 1
    const decoded = value && decodeRecord(value, origin?.timestampMs ?? timestampMs, maxDeclared)
    const dead = decoded === undefined ? 1 : decoded.dead.reduce((sum, part) => sum + part.spans, 0)
    const spans = dead + (decoded === undefined ? 0 : decoded.spans.length + decoded.plain.length)
    sums.spans += spans
    if (origin === undefined) sums.dead += dead
    else if (dead > 0) {
      sums.diedAgain += spans
      continue
    } else if (redriven.has(redriveShard(origin))) {
      sums.copies += spans
      continue
    } else redriven.add(redriveShard(origin))
    if (decoded === undefined) continue
    for (const row of foldRecord(decoded, context).rows) {
      const key = `${row.service}\n${row.hour}`
      const line = counted.get(key) ?? { service: row.service, hour: row.hour, spans: 0 }
      line.spans += spansOf(row)
      counted.set(key, line)
    }
  }
  return { ...sums, counted: [...counted.values()], isWhole }
}

function spansOf({ operations, uncharged }: FoldedRow): number {
  let spans = 0
  for (const count of uncharged.values()) spans += count
  for (const minutes of operations.values()) {
    for (const { groups } of minutes) for (const { received } of groups) spans += received
  }
  return spans
}
