import { describe, expect, it } from 'vitest'
import type { ClosedWindow } from '../../../functions/close-windows/close-due-windows.ts'
import { closeWindows, NotAScheduledEvent } from '../../../functions/close-windows/close-windows.ts'
import type { EpochMs, Minute } from '../../../layers/core/time/instants.ts'

const SCHEDULED = { source: 'aws.scheduler', 'detail-type': 'Scheduled Event', detail: {} }

const onTime = () => false

function tick(passMs = 0) {
  let now = 1_000_000
  const passes: number[] = []
  const looks: number[] = []
  const observed: Minute[] = []
  const failures: unknown[] = []
  const run = closeWindows({
    now: () => now as EpochMs,
    pause: async (ms) => {
      now += ms
    },
    readProgress: async () => [],
    closeDueWindows: async (_, at): Promise<readonly ClosedWindow[]> => {
      passes.push(at - 1_000_000)
      now += passMs
      return [
        { window: passes.length as Minute, complete: true, states: [], unjudged: [], read: { hours: 0, rows: 0 } },
      ]
    },
    judgeHeldWindows: async (_, at) => {
      looks.push(at - 1_000_000)
      return { failed: [new Error(`look ${looks.length}`)] }
    },
    observe: ({ window }) => observed.push(window),
    observeFailure: (error) => failures.push(error),
  })
  return { run, passes, looks, observed, failures }
}

describe('the tick', () => {
  it('makes six passes ten seconds apart within its minute, and tells of each window', async () => {
    const { run, passes, observed } = tick()
    expect(await run(SCHEDULED, onTime)).toEqual({ closed: 6 })
    expect(passes).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000])
    expect(observed).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('keeps its rhythm when passes take long, and hurries when they take too long', async () => {
    const slow = tick(4_000)
    await slow.run(SCHEDULED, onTime)
    expect(slow.passes).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000])
    const slower = tick(12_000)
    await slower.run(SCHEDULED, onTime)
    expect(slower.passes.slice(0, 3)).toEqual([0, 12_000, 24_000])
  })

  it('looks at what is held in each pass, after it has closed what is due, and tells what failed', async () => {
    const { run, passes, looks, failures } = tick(1_000)
    await run(SCHEDULED, onTime)
    expect(looks).toEqual(passes.map((at) => at + 1_000))
    expect(failures).toHaveLength(6)
  })

  it('begins nothing more once its time is up', async () => {
    const { run, passes, looks } = tick(12_000)
    expect(await run(SCHEDULED, () => passes.length >= 3)).toEqual({ closed: 3 })
    expect(looks).toHaveLength(2)
  })

  it('makes a single pass by hand', async () => {
    const { run, passes } = tick()
    await run({}, onTime)
    expect(passes).toEqual([0])
  })

  it.each([null, 'x', { Records: [] }, { source: 'aws.s3' }])('refuses what is no tick: %o', async (event) => {
    await expect(tick().run(event, onTime)).rejects.toThrow(NotAScheduledEvent)
  })
})
