import type { FoldBytes } from '../../layers/core/fast-fold/fold-bytes.ts'
import type { DeadLetter } from '../../layers/core/ledger/dead-letter.ts'
import type { RecordCounters } from '../../layers/core/ledger/plan-update.ts'
import { priceRecord } from '../../layers/core/ledger/price-record.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'
import type { DeadPart, DeadReason } from '../../layers/core/otlp/span.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { KafkaPartition, KafkaRecord } from './kafka-event.ts'

/** What folding and pricing a record needs beside the record. */
export interface FoldSettings {
  /** decode -> rate -> fold, of the bytes of one record. */
  readonly foldBytes: FoldBytes
  readonly book: PriceBook
  readonly now: EpochMs
}

/** What the records of one partition add to one row, ascending by offset. */
export interface RowWork {
  readonly place: RowPlace
  readonly kind: 'ledger' | 'front-door'
  readonly records: RecordCounters[]
}

/** One partition's share of a batch, ready to be written. */
export interface FoldedPartition {
  /** In the order of their first offsets. */
  readonly rows: readonly RowWork[]
  readonly letters: readonly DeadLetter[]
  readonly services: ReadonlySet<string>
  /** Spans received, those that died in their record included; a record that cannot be decoded counts as one. */
  readonly spans: number
}

/** decode -> rate -> fold -> price, record by record, gathered by row. */
export function foldPartition(partition: KafkaPartition, shard: string, settings: FoldSettings): FoldedPartition {
  const rows = new Map<string, RowWork>()
  const letters: DeadLetter[] = []
  const services = new Set<string>()
  let spans = 0
  for (const record of partition.records) {
    if (record.value === undefined) continue
    const { folded, dead, spans: received } = settings.foldBytes(record.value, record.timestampMs)
    spans += received
    letters.push(...deadLetters(dead, partition, record, shard))
    for (const row of priceRecord(folded, settings.book, shard, settings.now)) {
      if (row.kind === 'ledger') services.add(row.place.service)
      const name = `${row.place.service}\n${row.place.row}`
      const work = rows.get(name) ?? { place: row.place, kind: row.kind, records: [] }
      const { counters, parked } = row
      work.records.push({ offset: record.offset, timestampMs: record.timestampMs, counters, parked })
      rows.set(name, work)
    }
  }
  return { rows: [...rows.values()], letters, services, spans }
}

function deadLetters(
  dead: readonly DeadPart[],
  partition: KafkaPartition,
  record: KafkaRecord,
  shard: string,
): readonly DeadLetter[] {
  const byReason = new Map<DeadReason, DeadPart[]>()
  for (const part of dead) byReason.set(part.reason, [...(byReason.get(part.reason) ?? []), part])
  return [...byReason].map(([reason, parts]) => ({
    topic: partition.topic,
    partition: partition.partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    shard,
    reason,
    details: parts.map((part) => part.detail),
    bodies: parts.map((part) => part.body),
    spans: parts.reduce((sum, part) => sum + part.spans, 0),
  }))
}
