import type { FrontDoorRow } from '../ledger/row.ts'
import { formatUsd } from '../money/picodollars.ts'
import { firstMinuteOf, MINUTES_PER_HOUR, type Minute } from '../time/instants.ts'
import type { SpendOfHours } from './spend-of-hours.ts'

/** One minute of a service: its name, what was spent (USD), entry requests, front-door requests of its environment. */
export type SpentMinute = readonly [window: Minute, usd: string, requests: number, frontDoor: number]

/** A service's minutes in which anything happened, in order. */
export function minutesOf(spend: SpendOfHours, doors: readonly FrontDoorRow[]): readonly SpentMinute[] {
  const asked = new Map<number, number>()
  for (const { hour, minutes } of doors) {
    for (const { minute, requests } of minutes) {
      const window = firstMinuteOf(hour) + minute
      asked.set(window, (asked.get(window) ?? 0) + requests)
    }
  }
  return [...spend.minutes]
    .sort(([a], [b]) => a - b)
    .flatMap(([hour, costs]) =>
      Array.from({ length: MINUTES_PER_HOUR }, (_, minute): SpentMinute => {
        const window = (firstMinuteOf(hour) + minute) as Minute
        return [window, formatUsd(costs[minute] ?? 0n), spend.entryRequests.get(window) ?? 0, asked.get(window) ?? 0]
      }),
    )
    .filter(([, usd, requests]) => usd !== '0' || requests > 0)
}
