import type { FoldBytes, FoldedBytes } from '../../layers/core/fast-fold/fold-bytes.ts'
import type { DeadLetter } from '../../layers/core/ledger/dead-letter.ts'
import { outcomesOf, type SpanOutcomes } from '../../layers/core/ledger/identities.ts'
import { type Origin, REDRIVEN_OFFSET, redriveShard } from '../../layers/core/ledger/origin.ts'
import type { RecordCounters } from '../../layers/core/ledger/plan-update.ts'
import { priceRecord } from '../../layers/core/ledger/price-record.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'
import type { DeadPart, DeadReason } from '../../layers/core/otlp/span.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { KafkaPartition, KafkaRecord } from './kafka-event.ts'
import { unpackValue } from './unpack-value.ts'
import type { ValueBytes } from './value-bytes.ts'

/** What folding and pricing a record needs beside the record. */
export interface FoldSettings {
  readonly bytesOf: ValueBytes
  /** decode -> rate -> fold, of the bytes of one record. */
  readonly foldBytes: FoldBytes
  readonly book: PriceBook
  readonly now: EpochMs
}

/** What the records of one partition add to one row, ascending by offset. */
export interface RowWork {
  readonly place: RowPlace
  readonly kind: 'ledger' | 'front-door'
  /** The lowest offset of the partition that the row needs. */
  readonly firstOffset: number
  readonly records: RecordCounters[]
}

/** A dead letter of the record at an offset of the partition. */
export interface LetterWork {
  readonly offset: number
  readonly letter: DeadLetter
}

/** One partition's share of a batch, ready to be written. */
export interface FoldedPartition {
  /** In the order of their first offsets. */
  readonly rows: readonly RowWork[]
  readonly letters: readonly LetterWork[]
  readonly services: ReadonlySet<string>
  /** Spans received, those that died in their record included; a record that cannot be decoded counts as one. */
  readonly spans: number
  /** Redriven records that are in this batch twice. */
  readonly copies: number
  /** Spans received and alive, by what became of them. */
  readonly outcomes: SpanOutcomes
  /** The first record with a span that declares its cost. */
  readonly declaring: KafkaRecord | undefined
  /** Spans received that neither a row nor a letter counts, or that two do: there must be none. */
  readonly drift: number
}

/** Where a record is booked. */
interface Booking {
  readonly shard: string
  readonly offset: number
  readonly timestampMs: EpochMs
}

/** unpack -> decode -> rate -> fold -> price, record by record, gathered by row. */
export function foldPartition(partition: KafkaPartition, shard: string, settings: FoldSettings): FoldedPartition {
  const rows = new Map<string, RowWork>()
  const letters: LetterWork[] = []
  const services = new Set<string>()
  const redriven = new Set<string>()
  let spans = 0
  let copies = 0
  let drift = 0
  let declaring: KafkaRecord | undefined
  const outcomes = { counted: 0, booked: 0, parked: 0, unmetered: 0 }
  for (const record of partition.records) {
    if (record.value === undefined) continue
    const booking = bookingOf(record, shard)
    if (record.origin !== undefined && redriven.has(booking.shard)) {
      copies += 1
      continue
    }
    if (record.origin !== undefined) redriven.add(booking.shard)
    const value = settings.bytesOf(record.value)
    const folded = foldValue(value, booking.timestampMs, settings.foldBytes)
    spans += folded.spans
    if (folded.declares) declaring ??= record
    for (const letter of lettersOf(folded, value, partition, record, booking))
      letters.push({ offset: record.offset, letter })
    // Part of a redriven record is not booked: the letter that holds the rest of it could not be told from its copies.
    if (record.origin !== undefined && folded.dead.length > 0) continue
    const priced = priceRecord(folded.folded, settings.book, booking.shard, settings.now)
    const became = outcomesOf(priced)
    drift += Math.abs(folded.spans - spansOf(folded.dead) - became.counted)
    outcomes.counted += became.counted
    outcomes.booked += became.booked
    outcomes.parked += became.parked
    outcomes.unmetered += became.unmetered
    for (const row of priced) {
      if (row.kind === 'ledger') services.add(row.place.service)
      const name = `${row.place.service}\n${row.place.row}`
      const work = rows.get(name) ?? { place: row.place, kind: row.kind, firstOffset: record.offset, records: [] }
      const { counters, parked } = row
      work.records.push({ offset: booking.offset, timestampMs: booking.timestampMs, counters, parked })
      rows.set(name, work)
    }
  }
  return { rows: [...rows.values()], letters, services, spans, copies, outcomes, declaring, drift }
}

function bookingOf({ offset, timestampMs, origin }: KafkaRecord, shard: string): Booking {
  if (origin === undefined) return { shard, offset, timestampMs }
  return { shard: redriveShard(origin), offset: REDRIVEN_OFFSET, timestampMs: origin.timestampMs }
}

const NOTHING = { rows: [], frontDoors: [], crowdedOut: [] }

function foldValue(value: Uint8Array, at: EpochMs, foldBytes: FoldBytes): FoldedBytes {
  const unpacked = unpackValue(value)
  if (!('problem' in unpacked)) return foldBytes(unpacked, at)
  const dead = { reason: 'undecodable', detail: unpacked.problem, body: value, spans: 1 } as const
  return { folded: NOTHING, dead: [dead], spans: 1, declares: false }
}

const spansOf = (dead: readonly DeadPart[]): number => dead.reduce((sum, part) => sum + part.spans, 0)

function lettersOf(
  { dead, spans, folded }: FoldedBytes,
  value: Uint8Array,
  partition: KafkaPartition,
  record: KafkaRecord,
  booking: Booking,
): readonly DeadLetter[] {
  if (dead.length === 0 && folded.crowdedOut.length === 0) return []
  const { topic } = partition
  const at = { topic, partition: partition.partition, offset: record.offset, timestampMs: booking.timestampMs }
  if (record.origin !== undefined && dead.length > 0)
    return [diedAgain(dead, spans, { ...at, shard: booking.shard }, value, record.origin)]
  const byReason = new Map<DeadReason, DeadPart[]>()
  for (const part of dead) byReason.set(part.reason, [...(byReason.get(part.reason) ?? []), part])
  const letters = [...byReason].map(
    ([reason, parts]): DeadLetter => ({
      ...at,
      shard: booking.shard,
      reason,
      details: parts.map((part) => part.detail),
      bodies: parts.map(({ body }) => new Uint8Array(body)),
      spans: spansOf(parts),
    }),
  )
  if (folded.crowdedOut.length === 0) return letters
  // All of the record is booked or parked: the letter says what waits under another name, and has nothing to redrive.
  const named = { reason: 'too_many_skus', details: folded.crowdedOut, bodies: [], spans: 0 } as const
  return [...letters, { ...at, shard: booking.shard, ...named }]
}

/** The whole of a redriven record, to be redriven again. */
function diedAgain(
  dead: readonly DeadPart[],
  spans: number,
  at: Omit<DeadLetter, 'reason' | 'details' | 'bodies' | 'spans' | 'origin'>,
  body: Uint8Array,
  origin: Origin,
): DeadLetter {
  const reason = (dead[0] as DeadPart).reason
  return { ...at, reason, details: dead.map(({ detail }) => detail), bodies: [new Uint8Array(body)], spans, origin }
}
