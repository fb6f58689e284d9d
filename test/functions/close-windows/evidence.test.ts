import { describe, expect, it } from 'vitest'
import { readEvidence } from '../../../functions/close-windows/evidence.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { type EpochMs, minuteOf } from '../../../layers/core/time/instants.ts'

const WINDOW = minuteOf(Date.UTC(2026, 10, 23, 8, 5) as EpochMs)

describe('the front door of an environment', () => {
  it('is what it let in during the window, on all shards and in no other minute, read once', async () => {
    const asked: string[] = []
    const { frontDoorOf } = await readEvidence(
      {
        budgets: { readStates: async () => [], readChanges: async () => [] },
        ledger: {
          readHours: async () => ({ rows: [], parked: [] }),
          readFrontDoor: async (environment, hours) => {
            asked.push(environment)
            const shards = [[10, 100, 1000], [3]].map((requests) =>
              requests.map((count, after) => ({ minute: 5 + after, requests: count })),
            )
            return hours.flatMap((hour) => shards.map((minutes) => ({ environment, hour, minutes })))
          },
        },
        readBook: async () => createPriceBook([], 'none'),
        configuration: configurationSchema.parse({}),
      },
      WINDOW,
      0 as EpochMs,
    )
    expect(await Promise.all([frontDoorOf('prod'), frontDoorOf('prod')])).toEqual([13, 13])
    expect(asked).toEqual(['prod'])
  })
})
