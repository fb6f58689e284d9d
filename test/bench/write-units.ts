import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { type CounterKey, minuteCounter } from '../../layers/core/ledger/counters.ts'
import { priceRecord } from '../../layers/core/ledger/price-record.ts'
import { hourPrefix, parseRowName, type RowPlace } from '../../layers/core/ledger/row-name.ts'
import type { EpochMs, Hour } from '../../layers/core/time/instants.ts'
import { hourOf, MINUTES_PER_HOUR, MS_PER_MINUTE, minuteInHour, minuteOf } from '../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import { byteFolderOfBench, NOW, priceBookOfBench } from './consumer.ts'
import { fleetRecords, type Traffic } from './fleet-records.ts'
import { itemBytes } from './item-size.ts'
import { type Metered, type MeteredTable, meteredTable } from './metered-table.ts'
import { randomOf } from './msk-event.ts'

/** A fleet and how its spans are delivered. */
export interface Fleet extends Traffic {
  readonly spansPerSecond: number
  readonly partitions: number
  /** Event pollers; with as many as partitions an event holds one partition. */
  readonly pollers: number
  /** Batch window, seconds. */
  readonly windowSeconds: number
  /** Warm containers among which Lambda spreads the events: what one of them has seen of a row may be old. */
  readonly containers: number
  /** The Collector keys records by service: each partition has its own services, and not a share of all. */
  readonly keyedByService: boolean
}

/** What the events of an hour of a fleet take on average, counted. */
export interface CountedUnits {
  readonly spansPerEvent: number
  readonly bytesPerSpan: number
  readonly rowsPerEvent: number
  readonly writeUnitsPerEvent: number
  /** Of these, what failed conditions cost. */
  readonly refusedUnitsPerEvent: number
  readonly readUnitsPerEvent: number
  /** A ledger row at the end of its hour, bytes. */
  readonly rowBytes: number
}

/** An event's payload, bytes (Lambda quotas: synchronous invocation). */
const EVENT_MAX_BYTES = 6 * 2 ** 20
/** What the event says of a record beside its value. */
const RECORD_ENVELOPE_BYTES = 200
const RECORDS_MAX = 10_000
const LEDGER_DAYS = 90
export const CLUSTER = 'k3f9'
/** Rows of an event that are counted; where it has more, the others are like them. */
const SAMPLED_ROWS = 100
/** Half of an event's spans ended in the minute before. */
export const AT = (NOW + MS_PER_MINUTE / 2) as EpochMs
const EVENT_MINUTE = minuteInHour(minuteOf(AT))
export const FIRST_HOUR = (hourOf(AT) + 1) as Hour

interface EventShape {
  readonly spans: number
  readonly partitions: number
}

/** What an event of the fleet holds: what arrives in the batch window, or as many records as fit into 6 MB. */
export function eventOf(fleet: Fleet, bytesPerSpan: number): EventShape {
  const partitions = Math.ceil(fleet.partitions / fleet.pollers)
  const arriving = (fleet.spansPerSecond / fleet.partitions) * partitions * fleet.windowSeconds
  const recordBytes = Math.ceil((fleet.spansPerRecord * bytesPerSpan) / 3) * 4 + RECORD_ENVELOPE_BYTES
  const fitting = Math.min(RECORDS_MAX, Math.floor(EVENT_MAX_BYTES / recordBytes)) * fleet.spansPerRecord
  return { spans: Math.min(arriving, fitting), partitions }
}

/** What a partition's part of an event adds to a row. */
interface Addition {
  readonly place: RowPlace
  readonly counters: ReadonlyMap<CounterKey, bigint>
}

/**
 * Runs an hour of the events of one poller through pricing, the planner and the ledger's own writes, on tables that count. Each
 * minute is one event in place of all the minute's, with their amounts, so that rows have the size of that minute's end; what
 * its writes take counts for each of the minute's events. The dictionary is there already: it is written once in months.
 */
export async function countUnits(fleet: Fleet, table: MeteredTable = meteredTable()): Promise<CountedUnits> {
  const traffic = {
    ...fleet,
    services: fleet.keyedByService ? Math.ceil(fleet.services / fleet.partitions) : fleet.services,
  }
  const [sample = new Uint8Array()] = fleetRecords(traffic, 1, AT)
  const event = eventOf(fleet, sample.length / fleet.spansPerRecord)
  const inPartition = event.spans / event.partitions
  const spansPerRecord = Math.max(1, Math.min(fleet.spansPerRecord, Math.round(inPartition)))
  const records = fleetRecords({ ...traffic, spansPerRecord }, Math.round(inPartition / spansPerRecord), AT)
  const spans = records.length * spansPerRecord
  const eventsPerMinute = Math.max(1, Math.round((fleet.spansPerSecond * 60) / fleet.partitions / spans))
  const additions = additionsOf(records, BigInt(eventsPerMinute))
  const sampled = additions.filter((_, place) => place % Math.ceil(additions.length / SAMPLED_ROWS) === 0)

  const book = bookers(table, fleet.containers)
  for (let partition = 0; partition < event.partitions; partition += 1) await book(sampled, -1, partition)
  await reportProgress(table, fleet.partitions, fleet.partitions)
  const before = { ...table.metered }
  let rows = 0
  for (let minute = 0; minute < MINUTES_PER_HOUR; minute += 1) {
    for (let partition = 0; partition < event.partitions; partition += 1) rows += await book(sampled, minute, partition)
  }
  const ofRows = { ...table.metered }
  await reportProgress(table, fleet.partitions, event.partitions)
  const share = sampled.length / additions.length
  const perEvent = (unit: keyof Metered): number =>
    (ofRows[unit] - before[unit]) / MINUTES_PER_HOUR / share + table.metered[unit] - ofRows[unit]
  return {
    spansPerEvent: spans * event.partitions,
    bytesPerSpan: records.reduce((sum, record) => sum + record.length, 0) / spans,
    rowsPerEvent: rows / MINUTES_PER_HOUR / share,
    writeUnitsPerEvent: perEvent('writeUnits'),
    refusedUnitsPerEvent: perEvent('refusedUnits'),
    readUnitsPerEvent: perEvent('readUnits'),
    rowBytes: bytesOfRow(table),
  }
}

/** decode, rate, fold, price of the records; `times`: how many such events a minute has. */
export function additionsOf(records: readonly Uint8Array[], times: bigint): readonly Addition[] {
  const foldBytes = byteFolderOfBench()
  const additions = new Map<string, { readonly place: RowPlace; readonly counters: Map<CounterKey, bigint> }>()
  for (const record of records) {
    for (const { place, counters } of priceRecord(foldBytes(record, AT).folded, priceBookOfBench, '', NOW)) {
      const name = `${place.service}\n${place.row}`
      const addition = additions.get(name) ?? { place, counters: new Map() }
      additions.set(name, addition)
      for (const [key, amount] of counters) {
        addition.counters.set(key, (addition.counters.get(key) ?? 0n) + amount * times)
      }
    }
  }
  return [...additions.values()]
}

/** Books an event's part of a partition, at a minute of the hour, in a container at random; answers how many rows it wrote. */
export function bookers(table: MeteredTable, containers: number) {
  const random = randomOf(containers)
  const ledgers = Array.from({ length: containers }, () =>
    connectLedger(table.client, LOCAL_TABLES.LEDGER_TABLE, LEDGER_DAYS),
  )
  let offset = 0
  return async (additions: readonly Addition[], minute: number, partition: number): Promise<number> => {
    const ledger = ledgers[Math.floor(random() * containers)] as (typeof ledgers)[number]
    offset += 1
    let rows = 0
    for (const addition of additions) {
      for (const { place, counters } of atMinute(addition, minute, partition)) {
        await ledger.bookRow(place, [{ offset, timestampMs: NOW, counters }])
        rows += 1
      }
    }
    return rows
  }
}

/** The addition at another minute; around the full hour a half of it is in the row of the hour before. */
function atMinute({ place, counters }: Addition, minute: number, partition: number): readonly Addition[] {
  const commit = parseRowName(place.row)?.commit ?? '-'
  const moved = [...counters].filter(([key]) => !isEventMinute(key))
  const at = (each: number, of: number): readonly (readonly [CounterKey, bigint])[] => {
    const amount = counters.get(minuteCounter(of))
    return amount === undefined ? [] : [[minuteCounter(each), amount]]
  }
  const row = (hour: Hour, minutes: readonly (readonly [CounterKey, bigint])[]): Addition => ({
    place: { service: place.service, row: `${hourPrefix(hour)}${commit}#${CLUSTER}.${partition}` },
    counters: new Map([...minutes, ...moved]),
  })
  const last = MINUTES_PER_HOUR - 1
  const before = (FIRST_HOUR - 1) as Hour
  if (minute < 0) return [row(before, [...at(last - 1, EVENT_MINUTE - 1), ...at(last, EVENT_MINUTE)])]
  if (minute === 0) return [row(before, at(last, EVENT_MINUTE - 1)), row(FIRST_HOUR, at(0, EVENT_MINUTE))]
  return [row(FIRST_HOUR, [...at(minute - 1, EVENT_MINUTE - 1), ...at(minute, EVENT_MINUTE)])]
}

const isEventMinute = (key: CounterKey): boolean =>
  key === minuteCounter(EVENT_MINUTE) || key === minuteCounter(EVENT_MINUTE - 1)

/** The two writes that frame an event, on the one item that knows all `partitions`; of `inEvent` of them. */
async function reportProgress(table: MeteredTable, partitions: number, inEvent: number): Promise<void> {
  const budgets = connectBudgets(table.client, LOCAL_TABLES.BUDGETS_TABLE)
  const first = { offset: 1e9, timestampMs: NOW }
  const shards = Array.from({ length: partitions }, (_, partition) => `${CLUSTER}.${partition}`).slice(0, inEvent)
  await budgets.markOpen(
    shards.map((shard) => ({ shard, first })),
    NOW,
  )
  const report = { nextOffset: first.offset, newestTimestampMs: NOW, caughtUp: true }
  await budgets.reportProgress(
    shards.map((shard) => ({ shard, ...report })),
    NOW,
  )
}

/** Mean bytes of the hour's ledger rows at its end. */
function bytesOfRow(table: MeteredTable): number {
  const rows = [...table.items()].filter(({ row, b }) => b !== undefined && row?.S?.startsWith(hourPrefix(FIRST_HOUR)))
  return Math.round(rows.reduce((sum, row) => sum + itemBytes(row), 0) / rows.length)
}
