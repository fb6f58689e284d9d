import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EpochMs, type Minute, minuteOf, startOfMinute } from '../../../../layers/core/time/instants.ts'
import {
  GRACE_MS,
  HOLD_MS,
  isFallingBehind,
  type PartitionProgress,
  windowsDue,
  windowsHeld,
} from '../../../../layers/core/windows/progress.ts'

const MINUTE_MS = 60_000
const W = minuteOf(Date.UTC(2026, 10, 23, 8, 30) as EpochMs)
const END = startOfMinute((W + 1) as Minute)
const before = (W - 1) as Minute
const at = (afterEndMs: number): EpochMs => (END + afterEndMs) as EpochMs

/** A partition whose newest record came `newestMs` after the end of W, reported at once. */
function partition(newestMs: number, changes: { caughtUp?: boolean; openMs?: number; reportedMs?: number } = {}) {
  return {
    shard: 'k3f9.0',
    openSinceMs: changes.openMs === undefined ? undefined : at(changes.openMs),
    reportedAtMs: at(changes.reportedMs ?? newestMs),
    report: {
      shard: 'k3f9.0',
      nextOffset: 1,
      newestTimestampMs: at(newestMs),
      caughtUp: changes.caughtUp ?? false,
    },
  } satisfies PartitionProgress
}

const closes = (partitions: readonly PartitionProgress[], now: EpochMs) =>
  windowsDue(partitions, before, now).find(({ window }) => window === W)

describe('a window', () => {
  it('waits for its end and the grace, also where there are no partitions yet', () => {
    expect(closes([], at(GRACE_MS - 1))).toBeUndefined()
    expect(closes([], at(GRACE_MS))).toEqual({ window: W, complete: true })
  })

  it.each([
    ['a partition that has passed it', [partition(GRACE_MS)], true],
    ['one that has passed it, with a batch open', [partition(GRACE_MS, { openMs: 10_000 })], true],
    ['one that is caught up and silent', [partition(-30_000, { caughtUp: true })], true],
    ['one that is caught up, with a batch open since', [partition(-30_000, { caughtUp: true, openMs: 0 })], false],
    ['one that lags', [partition(GRACE_MS - 1)], false],
    ['one that lags beside one that has passed', [partition(GRACE_MS), partition(0)], false],
    [
      'one that never reported, with its first batch open',
      [{ ...partition(0, { openMs: 0 }), report: undefined }],
      false,
    ],
    ['one that lagged, and said nothing for ten minutes', [partition(0, { reportedMs: -600_000 })], true],
    [
      'one whose batch has been open for an hour: nobody books it',
      [partition(-4e6, { caughtUp: true, openMs: -3.6e6 })],
      true,
    ],
    ['one whose producer is an hour ahead', [partition(3.6e6, { reportedMs: 0 })], false],
  ])('with %s closes as complete after the grace, or is held: %#', (_, partitions, complete) => {
    const now = at(GRACE_MS + 5_000)
    expect(closes(partitions, now)).toEqual(complete ? { window: W, complete } : undefined)
    if (!complete) expect(closes(partitions, at(HOLD_MS))).toEqual({ window: W, complete: false })
  })

  it('that is held holds the later ones, too', () => {
    const due = windowsDue([partition(0)], before, at(HOLD_MS + MINUTE_MS))
    expect(due).toEqual([
      { window: W, complete: false },
      { window: W + 1, complete: false },
    ])
  })
})

describe('the first close', () => {
  it('begins with a window that nothing holds, so that a partition that always lags cannot put it off for ever', () => {
    const lagging = [partition(-3.6e6, { reportedMs: HOLD_MS - 1_000 })]
    expect(windowsDue(lagging, undefined, at(HOLD_MS))).toEqual([{ window: W, complete: false }])
  })
})

describe('after an outage', () => {
  it('windows are caught up on in order, a day of them at most', () => {
    const due = windowsDue([], (W - 10_000) as Minute, at(GRACE_MS))
    expect(due).toHaveLength(24 * 60)
    expect(due.at(0)?.window).toBe(W - 24 * 60 + 1)
    expect(due.at(-1)?.window).toBe(W)
  })
})

describe('windows due', () => {
  const partitions = fc.array(
    fc
      .record({
        newestMs: fc.integer({ min: -900_000, max: 300_000 }),
        caughtUp: fc.boolean(),
        openMs: fc.option(fc.integer({ min: -900_000, max: 300_000 }), { nil: undefined }),
      })
      .map(({ newestMs, caughtUp, openMs }) =>
        partition(newestMs, { caughtUp, ...(openMs !== undefined && { openMs }) }),
      ),
    { maxLength: 4 },
  )

  it('follow each other without a gap, none before its grace, none held beyond five minutes', () => {
    fc.assert(
      fc.property(partitions, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 900_000 }), (all, lag, ms) => {
        const last = (W - lag) as Minute
        const now = at(ms)
        const due = windowsDue(all, last, now).map(({ window }) => window)
        expect(due).toEqual(due.map((_, i) => last + 1 + i))
        const newest = due.at(-1) ?? last
        expect(startOfMinute((newest + 1) as Minute) + GRACE_MS).toBeLessThanOrEqual(Math.max(now, END + GRACE_MS))
        expect(now - startOfMinute((newest + 2) as Minute)).toBeLessThan(HOLD_MS)
      }),
    )
  })
})

describe('a busy topic that falls silent', () => {
  /** Partitions that were read to their ends and reported last so many ms before the window's end. */
  const silent = (...beforeEndMs: number[]) =>
    beforeEndMs.map((ms, place) => ({ ...partition(-ms, { caughtUp: true }), shard: `k3f9.${place}` }))

  it('holds windows, which close as incomplete: whether nothing happened or nobody read it is not known', () => {
    const all = silent(1_000, 20_000, 40_000, 55_000, 300_000, 500_000)
    expect(closes(all, at(GRACE_MS))).toBeUndefined()
    expect(closes(all, at(HOLD_MS))).toEqual({ window: W, complete: false })
  })

  it('is told from its own partitions, however many past epochs have left theirs', () => {
    const past = silent(...Array.from({ length: 9 }, () => 3 * 86_400_000)).map((one) => ({
      ...one,
      shard: `old.${one.shard}`,
    }))
    expect(closes([...silent(1_000, 20_000, 40_000), ...past], at(GRACE_MS))).toBeUndefined()
  })

  it('holds nothing once one partition has reported again, nor after an hour', () => {
    const all = silent(1_000, 20_000, 40_000)
    expect(closes([...all, partition(1_000, { caughtUp: true })], at(GRACE_MS))?.complete).toBe(true)
    expect(closes(all, at(59 * MINUTE_MS + 58_000))?.complete).toBe(false)
    expect(closes(all, at(59 * MINUTE_MS + 59_000))?.complete).toBe(true)
  })

  it.each([
    ['few partitions', silent(1_000, 20_000)],
    ['traffic that ebbs, one partition after the other', silent(1_000, 90_000, 150_000, 200_000, 260_000)],
    ['few of many partitions', silent(1_000, 2_000, 3_000, 9e5, 9e5, 9e5, 9e5)],
  ])('is not what it takes %s for', (_, partitions) => {
    expect(closes(partitions, at(GRACE_MS))).toEqual({ window: W, complete: true })
  })
})

describe('what is held', () => {
  it('is nothing where every partition has passed the newest window, or is idle', () => {
    expect(windowsHeld([], at(GRACE_MS))).toBeUndefined()
    expect(windowsHeld([partition(GRACE_MS), partition(-9e6, { caughtUp: true })], at(GRACE_MS))).toBeUndefined()
  })

  it('begins with the first window of which the slowest partition may still bring spans', () => {
    const slow = partition(-5 * MINUTE_MS + GRACE_MS, { reportedMs: GRACE_MS })
    const held = windowsHeld([partition(0, { reportedMs: GRACE_MS }), slow], at(GRACE_MS + 1_000))
    expect(held).toEqual({ newest: W, first: W - 4, readOfFirst: 0, lagMs: 5 * MINUTE_MS + 1_000 })
    const further = { ...slow, report: { ...slow.report, newestTimestampMs: at(-4.25 * MINUTE_MS + GRACE_MS) } }
    expect(windowsHeld([further], at(GRACE_MS))).toMatchObject({ first: W - 4, readOfFirst: 0.75 })
  })

  it('of a partition that never reported begins with its first batch', () => {
    const opened = { ...partition(0, { openMs: -90_000 }), report: undefined }
    expect(windowsHeld([opened], at(GRACE_MS))).toMatchObject({ first: W - 1, lagMs: 90_000 + GRACE_MS })
  })

  it('falls behind while it lags more at each look, and catches up while it lags less', () => {
    const look = { at: at(0), lagMs: 100_000 }
    const looked = (lagMs: number, minutesAgo: number) => ({ at: at(-minutesAgo * MINUTE_MS), lagMs })
    expect(isFallingBehind(look, undefined)).toBe(true)
    expect(isFallingBehind(look, looked(90_000, 1))).toBe(true)
    expect(isFallingBehind(look, looked(110_000, 1))).toBe(false)
    // A look of an hour ago was at another lag.
    expect(isFallingBehind(look, looked(110_000, 60))).toBe(true)
  })
})
