import type { ExploreCostsPorts } from '../../../functions/explore-costs/explore-costs.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import type { LedgerRow } from '../../../layers/core/ledger/row.ts'
import { type Picodollars, parseUsd } from '../../../layers/core/money/picodollars.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import {
  type EpochMs,
  firstMinuteOf,
  type Hour,
  hourOf,
  MINUTES_PER_HOUR,
  type Minute,
  minuteOf,
} from '../../../layers/core/time/instants.ts'
import { stateOf } from '../../functions/explore-costs/state-of.ts'

const END = Date.parse('2026-11-24T00:00Z') as EpochMs
const DAY_MS = 86_400_000
const CHECKOUT = 'prod/shop/checkout'
const CART = 'prod/shop/cart'

/** Requests of a minute: more by day than by night. */
const requestsAt = (window: Minute): number => Math.round(200 - 120 * Math.cos((2 * Math.PI * (window % 1440)) / 1440))

/** On 23 November from 09:00 to 09:45 each request of checkout costs 40 times as much. */
const RUNAWAY = { from: minuteOf(Date.parse('2026-11-23T09:00Z') as EpochMs), minutes: 45, factor: 40n }
const isRunaway = (window: Minute): boolean => window >= RUNAWAY.from && window < RUNAWAY.from + RUNAWAY.minutes

const UNIT = { [CHECKOUT]: parseUsd('0.001'), [CART]: parseUsd('0.00005') } as Readonly<Record<string, Picodollars>>

function costAt(service: string, window: Minute): Picodollars {
  const usual = (UNIT[service] ?? 0n) * BigInt(requestsAt(window))
  return (service === CHECKOUT && isRunaway(window) ? usual * RUNAWAY.factor : usual) as Picodollars
}

const rowOf = (service: string, hour: Hour): LedgerRow => ({
  ...{ service, hour, commit: 'a1b2c3d', shard: 'k3f9.0', fence: { offset: 1, timestampMs: END } },
  minutes: Array.from({ length: MINUTES_PER_HOUR }, (_, minute) => {
    const window = (firstMinuteOf(hour) + minute) as Minute
    return { minute, cost: costAt(service, window), entryRequests: requestsAt(window) }
  }),
  ...{ operations: [], usage: [], outcomes: [] },
})

const wasLedger = (hour: Hour): boolean => hour < hourOf(END) && hour >= hourOf((END - 9 * DAY_MS) as EpochMs)

/** A system whose ledger holds nine days of two services, in which one runs away for three quarters of an hour. */
export const weekOfLedger: Pick<
  ExploreCostsPorts,
  'now' | 'readHours' | 'readFrontDoor' | 'readStates' | 'readFlags' | 'readBook'
> = {
  now: () => END,
  readHours: async (service, hours) => ({
    rows: service in UNIT ? hours.filter(wasLedger).map((hour) => rowOf(service, hour)) : [],
    parked: [],
  }),
  readFrontDoor: async (environment, hours) =>
    hours.filter(wasLedger).map((hour) => ({
      ...{ environment, hour },
      minutes: Array.from({ length: MINUTES_PER_HOUR }, (_, minute) => ({
        minute,
        requests: requestsAt((firstMinuteOf(hour) + minute) as Minute),
      })),
    })),
  readStates: async () => [
    stateOf(CHECKOUT, END, '412.5'),
    stateOf(CART, END, '14.4'),
    stateOf(SMOKE_SERVICE, END, '0'),
  ],
  readFlags: async () => [],
  readBook: async () => createPriceBook([], 'none'),
}
