import { describe, expect, it } from 'vitest'
import type { CloseWindowsPorts } from '../../../functions/close-windows/close-due-windows.ts'
import { judgeHeldWindows } from '../../../functions/close-windows/judge-held-windows.ts'
import type { BudgetEvent } from '../../../layers/core/budgets/budget-event.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { type EpochMs, type Hour, hourOfMinute, minuteInHour, minuteOf } from '../../../layers/core/time/instants.ts'
import { GRACE_MS, LOOK_MS, type Look, type PartitionProgress } from '../../../layers/core/windows/progress.ts'
import { stateOf } from '../explore-costs/state-of.ts'

const NOON = Date.UTC(2026, 10, 23, 12) as EpochMs
const noon = (ms: number): EpochMs => (NOON + ms) as EpochMs
/** The window that begins at noon. */
const W = minuteOf(NOON)
const PARTITION = 'k3f9.0'

/** The partition has read a fifth of the time since noon, and noon's window has spent the more the further it has read. */
function world(services: readonly string[], changes: Partial<CloseWindowsPorts> = {}) {
  // A hundred dollars were spent in the hours before.
  const hours = [{ hour: (hourOfMinute(W) - 2) as Hour, cost: parseUsd('100') }]
  const states = new Map<string, BudgetState>(
    services.map((service) => [service, { ...stateOf(service, NOON), hours }]),
  )
  const events: BudgetEvent[] = []
  const reads: string[] = []
  let looked: Look | undefined
  let claims = 0
  let usd = '0'
  let frontDoor = 60
  const never = async (): Promise<never> => {
    throw new Error('a look closes nothing')
  }
  const look = judgeHeldWindows({
    budgets: {
      readStates: async () => [...states.values()],
      readChanges: async () => [],
      writeState: async (before, after) => {
        if (states.get(before.service)?.version !== before.version) return false
        states.set(after.service, after)
        return true
      },
      putEvent: async (event) => void events.push(event),
      claimLook: async (look) => {
        if (looked !== undefined && look.at - looked.at < LOOK_MS) return undefined
        claims += 1
        const before = looked
        looked = look
        return { before }
      },
      releaseWindow: async () => {
        claims -= 1
      },
      readClosed: never,
      claimWindow: never,
      finishWindow: never,
    },
    ledger: {
      readHours: async (service, hours) => {
        reads.push(...hours.map((hour) => `${service} ${hour - hourOfMinute(W)}`))
        const minutes = [{ minute: minuteInHour(W), cost: parseUsd(usd), entryRequests: 60 }]
        const row = { service, hour: hourOfMinute(W), commit: 'c1', shard: PARTITION, minutes }
        return {
          rows: [{ ...row, fence: { offset: 1, timestampMs: NOON }, operations: [], usage: [], outcomes: [] }],
          parked: [],
        }
      },
      readFrontDoor: async (environment, [hour]) => {
        const minutes = [{ minute: minuteInHour(W), requests: frontDoor }]
        return hour === hourOfMinute(W) ? [{ environment, hour, minutes }] : []
      },
    },
    readBook: async () => createPriceBook([], 'none'),
    // The money left at noon's burn lasts less than ten minutes: a cause that needs no baseline.
    configuration: configurationSchema.parse({ budgets: [{ service: '*', limitUsd: '101', mode: 'enforce' }] }),
    ...changes,
  })
  return {
    ...{ states, events, reads },
    claims: () => claims,
    setFrontDoor: (requests: number) => {
      frontDoor = requests
    },
    look: (afterMs: number, spent: string, readMs = afterMs / 5) => {
      usd = spent
      const report = { shard: PARTITION, nextOffset: 1, newestTimestampMs: noon(readMs), caughtUp: false }
      const lagging: PartitionProgress = {
        shard: PARTITION,
        openSinceMs: noon(afterMs - 1_000),
        reportedAtMs: noon(afterMs),
        report,
        first: undefined,
      }
      return look([lagging], noon(afterMs))
    },
  }
}

const MINUTE = 60_000
/** The first window since noon has ended, and its grace. */
const FIRST = MINUTE + GRACE_MS

describe('the look at windows that are held', () => {
  it('throttles by what has come of a window that no close has judged yet, and writes down why', async () => {
    const { look, states, events, claims } = world(['prod/a'])
    const { changed } = await look(FIRST, '0.8')
    expect(changed).toMatchObject([{ service: 'prod/a', phase: 'throttled', closed: W - 1, version: 5 }])
    expect(states.get('prod/a')?.figures).toMatchObject({ windowUsd: '0.8', complete: false })
    expect(events).toMatchObject([
      { service: 'prod/a', at: noon(MINUTE), what: 'throttled', reason: expect.stringContaining('a lower bound') },
    ])
    expect(claims()).toBe(0)
  })

  it('takes place twice a minute, and not where every partition is read to its end', async () => {
    const { look, reads } = world(['prod/a'])
    await look(FIRST, '0')
    expect(await look(FIRST + LOOK_MS - 1, '0.8')).toEqual({ changed: [], failed: [] })
    await look(FIRST + MINUTE, '0', FIRST + MINUTE)
    expect(reads).toEqual(['prod/a -1', 'prod/a 0'])
  })

  it('says nothing while the partition catches up', async () => {
    const { look, states } = world(['prod/a'])
    await look(FIRST + 30 * MINUTE, '0', 0)
    await look(FIRST + 31 * MINUTE, '0.8', 10 * MINUTE)
    expect(states.get('prod/a')?.phase).toBe('within')
    // It stands still again.
    await look(FIRST + 32 * MINUTE, '0.8', 0)
    expect(states.get('prod/a')?.phase).toBe('throttled')
  })

  it('takes what part of the front door is read for so much of it, and too small a part for nothing', async () => {
    const reading = async (readMs: number, requests: number) => {
      const { look, states, setFrontDoor } = world(['prod/a'])
      setFrontDoor(requests)
      // A hundred windows of as many requests as the front door had.
      const usual = { days: { '2026-11-23': { '0': 100 } } }
      states.set('prod/a', { ...stateOf('prod/a', NOON), workRatio: usual, hours: [] })
      await look(FIRST, '0.8', readMs + GRACE_MS)
      return states.get('prod/a')
    }
    // Of 60 entry requests there are 15 at the front door at most: 6 were read in 24 of 60 seconds.
    expect(await reading(24_000, 6)).toMatchObject({ phase: 'throttled', figures: { workRatio: 4 } })
    expect(await reading(24_000, 24)).toMatchObject({ phase: 'warned' })
    expect(await reading(12_000, 3)).toMatchObject({ phase: 'warned', figures: { workRatio: null } })
  })

  it('reads three hours at most, however far the partition is behind', async () => {
    const { look, reads } = world(['prod/a'])
    await look(300 * MINUTE + GRACE_MS, '0.8', 0)
    expect(reads).toEqual(['prod/a 2', 'prod/a 3', 'prod/a 4'])
  })

  it('keeps to the blast radius', async () => {
    const { look } = world(['prod/a', 'prod/b', 'prod/c', 'prod/d', 'prod/e'])
    const { changed } = await look(FIRST, '0.8')
    expect(changed.map(({ phase }) => phase)).toEqual(['throttled', 'throttled', 'throttled', 'warned', 'warned'])
  })

  it('of a service that cannot be read judges the others', async () => {
    const readHours: CloseWindowsPorts['ledger']['readHours'] = async (service) => {
      if (service === 'prod/a') throw new Error('throttled by DynamoDB')
      return { rows: [], parked: [] }
    }
    const { look, claims } = world(['prod/a', 'prod/b'], {
      ledger: { readHours, readFrontDoor: async () => [] },
    })
    expect((await look(FIRST, '0')).failed).toEqual([new Error('throttled by DynamoDB')])
    expect(claims()).toBe(0)
  })
})
