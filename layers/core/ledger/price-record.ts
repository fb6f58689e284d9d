import { plus, type WholeNumber } from '../money/whole-number.ts'
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
  outcomeCounter,
  parkedCounter,
  skuCounter,
  waitingCounter,
} from './counters.ts'
import type { FoldedFrontDoor, FoldedRecord, FoldedRow, MinuteUsage } from './folded-record.ts'
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
  const metersOf = openMeters(book, now)
  return [
    ...record.rows.map((row) => priceRow(row, shard, metersOf)),
    ...record.frontDoors.map((door) => frontDoorRow(door, shard)),
  ]
}

/** A price as it is used in one record: what is read of it, and what was used of it so far. */
interface Meter {
  readonly counter: CounterKey
  readonly rate: Rate
  /** Quanta in the minute, and in the row, that are being priced; undefined: none yet. */
  ofMinute: WholeNumber | undefined
  ofRow: WholeNumber | undefined
}

/** The meters of SKUs, undefined where one has no price. Several SKUs may have one price, and so one meter. */
type MetersOf = (skus: readonly Sku[]) => readonly (Meter | undefined)[]

function openMeters(book: PriceBook, now: EpochMs): MetersOf {
  const bySku = new Map<Sku, Meter | undefined>()
  const byPrice = new Map<Price, Meter>()
  const meterOf = (sku: Sku): Meter | undefined => {
    const known = bySku.get(sku)
    if (known !== undefined || bySku.has(sku)) return known
    const found = book.lookup(sku, now)
    const meter = found.found ? (byPrice.get(found.price) ?? openMeter(found.price)) : undefined
    if (found.found && meter !== undefined) byPrice.set(found.price, meter)
    bySku.set(sku, meter)
    return meter
  }
  // what follows each other in a record mostly used the same list
  let last: { readonly skus: readonly Sku[]; readonly meters: readonly (Meter | undefined)[] } = {
    skus: [],
    meters: [],
  }
  return (skus) => {
    if (last.skus !== skus) last = { skus, meters: skus.map(meterOf) }
    return last.meters
  }
}

const openMeter = (price: Price): Meter => ({
  counter: skuCounter(price.sku),
  rate: rateOf(price),
  ofMinute: undefined,
  ofRow: undefined,
})

function priceRow(row: FoldedRow, shard: string, metersOf: MetersOf): PricedRow {
  const key = { service: row.service, hour: row.hour, commit: row.commit, shard }
  const counters: Counters = new Map()
  const totals: RowTotals = { meters: [], used: [], usedSize: 0, parked: new Map(), booked: 0 }
  const minuteTotals = new Map<number, MinuteTotal>()
  for (const { operation, counter, minutes } of row.operations) {
    let cost: WholeNumber = 0
    let spans = 0
    for (const usage of minutes) {
      const costOfMinute = priceMinute(operation, usage, metersOf, totals)
      addToMinute(minuteTotals, usage, costOfMinute)
      cost = plus(cost, costOfMinute)
      spans += usage.spans
    }
    counters.set(counter, pack(cost, spans))
  }
  for (const meter of totals.meters) addUsedInRow(counters, meter)
  for (const [minute, { cost, requests }] of minuteTotals) {
    add(counters, minuteCounter(minute), pack(cost, requests))
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
  if (meter.ofRow !== undefined) add(counters, meter.counter, BigInt(meter.ofRow))
  meter.ofRow = undefined
}

interface MinuteTotal {
  /** Picodollars. */
  cost: WholeNumber
  requests: number
}

function addToMinute(
  totals: Map<number, MinuteTotal>,
  { minute, entryRequests }: MinuteUsage,
  cost: WholeNumber,
): void {
  const total = totals.get(minute)
  if (total === undefined) {
    totals.set(minute, { cost, requests: entryRequests })
    return
  }
  total.cost = plus(total.cost, cost)
  total.requests += entryRequests
}

/** The cost of one operation's minute, picodollars; counts its usage and its booked spans, and parks what has no price. */
function priceMinute(operation: string, usage: MinuteUsage, metersOf: MetersOf, totals: RowTotals): WholeNumber {
  for (const group of usage.groups) {
    const meters = metersOf(group.skus)
    let waitsFor: Sku[] | undefined
    for (let i = 0; i < meters.length; i += 1) {
      const quantity = group.quantities[i] as WholeNumber
      const meter = meters[i]
      if (meter === undefined) {
        const sku = group.skus[i] as Sku
        waitsFor ??= []
        waitsFor.push(sku)
        park(totals.parked, usage.minute, operation, sku, pack(quantity, group.weighted))
        continue
      }
      if (meter.ofMinute === undefined) {
        totals.used[totals.usedSize] = meter
        totals.usedSize += 1
      }
      meter.ofMinute = meter.ofMinute === undefined ? quantity : plus(meter.ofMinute, quantity)
    }
    if (waitsFor === undefined) totals.booked += group.received
    else countWaiting(minuteOf(totals.parked, usage.minute), waitsFor, BigInt(group.received))
  }
  return costOfUsed(totals)
}

function costOfUsed(totals: RowTotals): WholeNumber {
  let cost: WholeNumber = 0
  for (let place = 0; place < totals.usedSize; place += 1) {
    cost = plus(cost, costOfMinute(totals.used[place] as Meter, totals.meters))
  }
  totals.usedSize = 0
  return cost
}

/** What was used of a meter in a minute is priced, and added to its row. */
function costOfMinute(meter: Meter, usedInRow: Meter[]): WholeNumber {
  const quantity = meter.ofMinute ?? 0
  meter.ofMinute = undefined
  if (meter.ofRow === undefined) usedInRow.push(meter)
  meter.ofRow = meter.ofRow === undefined ? quantity : plus(meter.ofRow, quantity)
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
