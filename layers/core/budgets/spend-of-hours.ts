import type { LedgerRow, ParkedRow } from '../ledger/row.ts'
import type { PriceBook } from '../prices/price.ts'
import { costOf } from '../prices/price-usage.ts'
import {
  type EpochMs,
  firstMinuteOf,
  type Hour,
  hourOfMinute,
  MINUTES_PER_HOUR,
  type Minute,
  minuteInHour,
} from '../time/instants.ts'
import type { HourMinutes } from './rolling-spend.ts'

/** For judging only, parked usage counts at its last known price, up to a day old. */
const LAST_PRICE_MAX_AGE_MS = 24 * 3_600_000

/** What the ledger says of one service in some hours. */
export interface SpendOfHours {
  /** Picodollars by hour and minute of the hour; every hour that was read is there. */
  readonly minutes: ReadonlyMap<Hour, HourMinutes>
  readonly entryRequests: ReadonlyMap<Minute, number>
  /** Minutes with usage whose price has gone stale beyond use: their money is a lower bound. */
  readonly unpriced: ReadonlySet<Minute>
}

/** What was spent in so many minutes before the window, the newest first; of hours that were not read nothing. */
export function spentBefore(minutes: SpendOfHours['minutes'], window: Minute, count: number): readonly bigint[] {
  return Array.from({ length: count }, (_, place) => {
    const minute = (window - 1 - place) as Minute
    return minutes.get(hourOfMinute(minute))?.[minuteInHour(minute)] ?? 0n
  })
}

/** Adds up a service's rows and parked rows of the hours that were read. */
export function spendOfHours(
  hours: readonly Hour[],
  rows: readonly LedgerRow[],
  parked: readonly ParkedRow[],
  book: PriceBook,
  now: EpochMs,
): SpendOfHours {
  const minutes = new Map<Hour, bigint[]>(hours.map((hour) => [hour, new Array<bigint>(MINUTES_PER_HOUR).fill(0n)]))
  const entryRequests = new Map<Minute, number>()
  const unpriced = new Set<Minute>()
  const spend = (hour: Hour, minute: number, cost: bigint): void => {
    const hourMinutes = minutes.get(hour)
    if (hourMinutes !== undefined) hourMinutes[minute] = (hourMinutes[minute] ?? 0n) + cost
  }
  for (const row of rows) {
    for (const { minute, cost, entryRequests: requests } of row.minutes) {
      const at = (firstMinuteOf(row.hour) + minute) as Minute
      spend(row.hour, minute, cost)
      entryRequests.set(at, (entryRequests.get(at) ?? 0) + requests)
    }
  }
  for (const row of parked) {
    for (const { sku, quantity } of row.usage) {
      const found = book.lookup(sku, now)
      const price = found.found ? found.price : found.last
      // A SKU that never had a price is a service without a rate, not an outage: it holds nothing up (decision 4).
      if (price === undefined) continue
      if (now - price.validUntil > LAST_PRICE_MAX_AGE_MS) unpriced.add((firstMinuteOf(row.hour) + row.minute) as Minute)
      else spend(row.hour, row.minute, costOf(quantity, price))
    }
  }
  return { minutes, entryRequests, unpriced }
}
