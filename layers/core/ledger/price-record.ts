import type { Price, PriceBook, PriceLookup } from '../prices/price.ts'
import { costOf } from '../prices/price-usage.ts'
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
  const lookups = new Map<Sku, PriceLookup>()
  const lookup = (sku: Sku): PriceLookup => {
    const known = lookups.get(sku)
    if (known !== undefined) return known
    const found = book.lookup(sku, now)
    lookups.set(sku, found)
    return found
  }
  return [
    ...record.rows.map((row) => priceRow(row, shard, lookup)),
    ...record.frontDoors.map((door) => frontDoorRow(door, shard)),
  ]
}

function priceRow(row: FoldedRow, shard: string, lookup: (sku: Sku) => PriceLookup): PricedRow {
  const key = { service: row.service, hour: row.hour, commit: row.commit, shard }
  const totals: RowTotals = { counters: new Map(), parked: new Map(), booked: 0 }
  const minuteTotals = new Map<number, MinuteTotal>()
  for (const [operation, minutes] of row.operations) {
    let cost = 0n
    let spans = 0
    for (const usage of minutes) {
      const costOfMinute = priceMinute(operation, usage, lookup, totals)
      addToMinute(minuteTotals, usage, costOfMinute)
      cost += costOfMinute
      spans += usage.spans
    }
    totals.counters.set(operationCounter(operation), pack(cost, BigInt(spans)))
  }
  const { counters, parked, booked } = totals
  for (const [minute, { cost, requests }] of minuteTotals)
    add(counters, minuteCounter(minute), pack(cost, BigInt(requests)))
  if (booked > 0) add(counters, outcomeCounter('booked'), BigInt(booked))
  for (const [reason, spans] of row.uncharged) add(counters, outcomeCounter(reason), BigInt(spans))
  return { place: ledgerRowPlace(key), kind: 'ledger', counters, parked }
}

/** What the operations of a row add up to. */
interface RowTotals {
  readonly counters: Counters
  readonly parked: Map<number, Counters>
  /** Spans received of which all usage has a price. */
  booked: number
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
function priceMinute(
  operation: string,
  usage: MinuteUsage,
  lookup: (sku: Sku) => PriceLookup,
  totals: RowTotals,
): bigint {
  const prices: Price[] = []
  const quantities: bigint[] = []
  for (const group of usage.groups) {
    const waitsFor: Sku[] = []
    for (let i = 0; i < group.skus.length; i += 1) {
      const sku = group.skus[i] as Sku
      const quantity = group.quantities[i] as bigint
      const found = lookup(sku)
      if (found.found) {
        const known = prices.indexOf(found.price)
        if (known >= 0) quantities[known] = (quantities[known] as bigint) + quantity
        else quantities[prices.push(found.price) - 1] = quantity
        continue
      }
      waitsFor.push(sku)
      park(totals.parked, usage.minute, operation, sku, pack(quantity, BigInt(group.weighted)))
    }
    if (waitsFor.length === 0) totals.booked += group.received
    else countWaiting(minuteOf(totals.parked, usage.minute), waitsFor, BigInt(group.received))
  }
  let cost = 0n
  for (let i = 0; i < prices.length; i += 1) {
    const price = prices[i] as Price
    const quantity = quantities[i] as bigint
    add(totals.counters, skuCounter(price.sku), quantity)
    cost += costOf(quantity, price)
  }
  return cost
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
