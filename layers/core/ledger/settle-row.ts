import type { Price } from '../prices/price.ts'
import { costOf } from '../prices/price-usage.ts'
import type { Sku } from '../rating/usage.ts'
import {
  type CounterKey,
  isParked,
  isWaiting,
  minuteCounter,
  OVERFLOW,
  operationCounter,
  outcomeCounter,
  parkedNames,
  skuCounter,
  unknownSku,
  waitingSkus,
} from './counters.ts'
import { pack, unpack } from './packed.ts'

/** What one conditional write changes in a parked row. */
export interface Settlement {
  /** Parked usage that becomes money, and waiting spans that become booked: counters that leave the row. */
  readonly removed: ReadonlySet<CounterKey>
  /** Counters that are added to, as attribute-spans would have: minute, operation, SKU, spans booked. */
  readonly added: ReadonlyMap<CounterKey, bigint>
  /** SKUs without a price that usage in the row goes on waiting for. */
  readonly waitsFor: ReadonlySet<Sku>
  /** There is usage with a price that this write has no room for. */
  readonly more: boolean
}

/** A pair removes one counter and adds to two at most: with a minute, an outcome and 8 waiting sets, 235 attributes. */
const MAX_SETTLED_PAIRS = 75

/**
 * Turns the usage of a parked row that has a price into money under its operation, in its minute. Each total of
 * (operation, SKU) is priced once and rounded half up to the picodollar. What has no price stays as it is.
 */
export function settleRow(
  minute: number,
  stored: ReadonlyMap<CounterKey, bigint>,
  priceOf: (sku: Sku) => Price | undefined,
): Settlement {
  const removed = new Set<CounterKey>()
  const added = new Map<CounterKey, bigint>()
  const waitsFor = new Set<Sku>()
  const left = new Set<Sku>()
  let more = false
  for (const [key, packed] of stored) {
    if (!isParked(key)) continue
    const [operation, sku] = parkedNames(key)
    const price = priceOf(sku)
    if (price !== undefined && removed.size < MAX_SETTLED_PAIRS) {
      removed.add(key)
      book(added, minute, operation, unpack(packed).amount, price)
      continue
    }
    left.add(sku)
    if (price === undefined) waitsFor.add(sku)
    else more = true
  }
  if (removed.size > 0) bookSpans(stored, left, removed, added)
  return { removed, added, waitsFor, more }
}

/** The spans and entry requests of usage were counted when it was parked: settling adds money to them, and no count. */
function book(added: Map<CounterKey, bigint>, minute: number, operation: string, quantity: bigint, price: Price): void {
  const cost = pack(costOf(quantity, price), 0n)
  add(added, minuteCounter(minute), cost)
  add(added, operationCounter(operation), cost)
  add(added, skuCounter(price.sku), quantity)
}

/** A span is booked once nothing of a SKU that it waits for is left in its row. */
function bookSpans(
  stored: ReadonlyMap<CounterKey, bigint>,
  left: ReadonlySet<Sku>,
  removed: Set<CounterKey>,
  added: Map<CounterKey, bigint>,
): void {
  for (const [key, spans] of stored) {
    if (!isWaiting(key) || waitingSkus(key).some((sku) => isLeft(sku, left))) continue
    removed.add(key)
    add(added, outcomeCounter('booked'), spans)
  }
}

/** The row may have had no room for a SKU of its own; its usage lies under `unknown/<meter>` then (counters.ts). */
const isLeft = (sku: Sku, left: ReadonlySet<Sku>): boolean =>
  sku === OVERFLOW ? left.size > 0 : left.has(sku) || left.has(unknownSku(sku))

function add(counters: Map<CounterKey, bigint>, key: CounterKey, amount: bigint): void {
  counters.set(key, (counters.get(key) ?? 0n) + amount)
}
