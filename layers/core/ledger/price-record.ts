import type { Price, PriceBook } from '../prices/price.ts'
import { costAt, type Rate, rateOf } from '../prices/price-usage.ts'
import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import {
  type CounterKey,
  MAX_PARKED_PAIRS,
  minuteCounter,
  nameRoom,
  OVERFLOW,
  operationCounter,
  outcomeCounter,
  parkedCounter,
  skuCounter,
  waitingCounter,
} from './counters.ts'
import type { FoldedFrontDoor, FoldedRecord, FoldedRow, MinuteUsage } from './fold.ts'
import { pack } from './packed.ts'
import type { ParkedByMinute } from './plan-update.ts'
import { frontDoorRowPlace, ledgerRowPlace, type RowPlace } from './row-name.ts'

/** What one record adds to one item of the Ledger table. */
export interface PricedRow {
  readonly place: RowPlace
  readonly kind: 'ledger' | 'front-door'
  readonly counters: ReadonlyMap<CounterKey, bigint>
  /** What it parks in the item's siblings. */
  readonly parked: ParkedByMinute
}

type Counters = Map<CounterKey, bigint>

const NOTHING_PARKED: ParkedByMinute = new Map()

/** With 60 minutes of 100 SKUs under `*` and their waiting sets 7,000 counters, noted in the row with 35 bytes each: it fits. */
const MAX_PARKED_PAIRS_OF_RECORD = 500

/**
 * Prices a folded record: each total of (operation, minute, SKU) is priced once and rounded half up to the picodollar.
 * The record is the unit of rounding, so for one price book the digits do not depend on how batches are cut.
 * Usage without a price is parked as usage. `now` decides whether a price is stale.
 */
export function priceRecord(record: FoldedRecord, book: PriceBook, shard: string, now: EpochMs): readonly PricedRow[] {
  const meterOf = openMeters(book, now)
  return [
    ...record.rows.map((row) => priceRow(row, shard, meterOf)),
    ...record.frontDoors.map((door) => frontDoorRow(door, shard)),
  ]
}

/** A price as it is used in one record: what is read of it, and what was used of it so far. */
interface Meter {
  readonly counter: CounterKey
  readonly rate: Rate
  /** Quanta in the minute, and in the row, that are being priced; undefined: none yet. */
  ofMinute: bigint | undefined
  ofRow: bigint | undefined
}

/** The meter of a SKU, undefined where it has no price. Several SKUs may have one price, and so one meter. */
type MeterOf = (sku: Sku) => Meter | undefined

function openMeters(book: PriceBook, now: EpochMs): MeterOf {
  const bySku = new Map<Sku, Meter | undefined>()
  const byPrice = new Map<Price, Meter>()
  return (sku) => {
    const known = bySku.get(sku)
    if (known !== undefined || bySku.has(sku)) return known
    const found = book.lookup(sku, now)
    const meter = found.found ? (byPrice.get(found.price) ?? openMeter(found.price)) : undefined
    if (found.found && meter !== undefined) byPrice.set(found.price, meter)
    bySku.set(sku, meter)
    return meter
  }
}

const openMeter = (price: Price): Meter => ({
  counter: skuCounter(price.sku),
  rate: rateOf(price),
  ofMinute: undefined,
  ofRow: undefined,
})

function priceRow(row: FoldedRow, shard: string, meterOf: MeterOf): PricedRow {
  const key = { service: row.service, hour: row.hour, commit: row.commit, shard }
  const counters: Counters = new Map()
  const totals: RowTotals = { meters: [], used: [], usedSize: 0, parked: new Map(), booked: 0 }
  const minuteTotals = new Map<number, MinuteTotal>()
  for (const [operation, minutes] of row.operations) {
    let cost: bigint | undefined
    let spans = 0
    for (const usage of minutes) {
      const costOfMinute = priceMinute(operation, usage, meterOf, totals)
      addToMinute(minuteTotals, usage, costOfMinute)
      cost = cost === undefined ? costOfMinute : cost + costOfMinute
      spans += usage.spans
    }
    counters.set(operationCounter(operation), pack(cost ?? 0n, BigInt(spans)))
  }
  for (const meter of totals.meters) addUsedInRow(counters, meter)
  for (const [minute, { cost, requests }] of minuteTotals) {
    add(counters, minuteCounter(minute), pack(cost, BigInt(requests)))
  }
  if (totals.booked > 0) add(counters, outcomeCounter('booked'), BigInt(totals.booked))
  for (const [reason, spans] of row.uncharged) add(counters, outcomeCounter(reason), BigInt(spans))
  return { place: ledgerRowPlace(key), kind: 'ledger', counters, parked: totals.parked }
}

/** What the operations of a row add up to. */
interface RowTotals {
  /** Those that something was used of. */
  readonly meters: Meter[]
  /** Likewise in the minute that is being priced: the first `usedSize` of the list. */
  readonly used: Meter[]
  usedSize: number
  readonly parked: Map<number, Counters>
  /** Spans received of which all usage has a price. */
  booked: number
}

function addUsedInRow(counters: Counters, meter: Meter): void {
  if (meter.ofRow !== undefined) add(counters, meter.counter, meter.ofRow)
  meter.ofRow = undefined
}

interface MinuteTotal {
  /** Picodollars. */
  cost: bigint
  requests: number
}

function addToMinute(totals: Map<number, MinuteTotal>, { minute, entryRequests }: MinuteUsage, cost: bigint): void {
  const total = totals.get(minute)
  if (total === undefined) {
    totals.set(minute, { cost, requests: entryRequests })
    return
  }
  total.cost += cost
  total.requests += entryRequests
}

/** The cost of one operation's minute, picodollars; counts its usage and its booked spans, and parks what has no price. */
function priceMinute(operation: string, usage: MinuteUsage, meterOf: MeterOf, totals: RowTotals): bigint {
  for (const group of usage.groups) {
    let waitsFor: Sku[] | undefined
    for (let i = 0; i < group.skus.length; i += 1) {
      const sku = group.skus[i] as Sku
      const quantity = group.quantities[i] as bigint
      const meter = meterOf(sku)
      if (meter === undefined) {
        waitsFor ??= []
        waitsFor.push(sku)
        park(totals.parked, usage.minute, operation, sku, pack(quantity, BigInt(group.weighted)))
        continue
      }
      if (meter.ofMinute === undefined) {
        totals.used[totals.usedSize] = meter
        totals.usedSize += 1
      }
      meter.ofMinute = meter.ofMinute === undefined ? quantity : meter.ofMinute + quantity
    }
    if (waitsFor === undefined) totals.booked += group.received
    else countWaiting(minuteOf(totals.parked, usage.minute), waitsFor, BigInt(group.received))
  }
  return costOfUsed(totals)
}

function costOfUsed(totals: RowTotals): bigint {
  let cost: bigint | undefined
  for (let place = 0; place < totals.usedSize; place += 1) {
    const part = costOfMinute(totals.used[place] as Meter, totals.meters)
    cost = cost === undefined ? part : cost + part
  }
  totals.usedSize = 0
  return cost ?? 0n
}

/** What was used of a meter in a minute is priced, and added to its row. */
function costOfMinute(meter: Meter, usedInRow: Meter[]): bigint {
  const quantity = meter.ofMinute ?? 0n
  meter.ofMinute = undefined
  if (meter.ofRow === undefined) usedInRow.push(meter)
  meter.ofRow = meter.ofRow === undefined ? quantity : meter.ofRow + quantity
  return costAt(meter.rate, quantity)
}

function park(parked: Map<number, Counters>, minute: number, operation: string, sku: Sku, packed: bigint): void {
  const counters = minuteOf(parked, minute)
  const key = parkedCounter(operation, sku)
  const room = counters.size < MAX_PARKED_PAIRS && sizeOf(parked) < MAX_PARKED_PAIRS_OF_RECORD
  add(counters, room || counters.has(key) ? key : parkedCounter(OVERFLOW, sku), packed)
}

function sizeOf(parked: ReadonlyMap<number, Counters>): number {
  let size = 0
  for (const counters of parked.values()) size += counters.size
  return size
}

/** A parked span is counted with the usage that it waits for, so that settling can book both in one write. */
function countWaiting(counters: Counters, waitsFor: readonly Sku[], received: bigint): void {
  add(counters, nameRoom(counters.keys()).capped(waitingCounter(waitsFor)), received)
}

function minuteOf(parked: Map<number, Counters>, minute: number): Counters {
  const known = parked.get(minute)
  if (known !== undefined) return known
  const counters: Counters = new Map()
  parked.set(minute, counters)
  return counters
}

function frontDoorRow(door: FoldedFrontDoor, shard: string): PricedRow {
  const counters: Counters = new Map()
  for (const [minute, requests] of door.minutes) add(counters, minuteCounter(minute), BigInt(requests))
  return {
    place: frontDoorRowPlace(door.environment, door.hour, shard),
    kind: 'front-door',
    counters,
    parked: NOTHING_PARKED,
  }
}

function add(counters: Counters, key: CounterKey, amount: bigint): void {
  const before = counters.get(key)
  counters.set(key, before === undefined ? amount : before + amount)
}
