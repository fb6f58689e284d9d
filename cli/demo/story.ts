import { setTimeout as pause } from 'node:timers/promises'
import type { ClosedWindow } from '../../functions/close-windows/close-due-windows.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import type { ManualClock } from '../../local/clock.ts'
import type { InboxMessage } from '../../local/sns-inbox.ts'
import type { LocalSystem } from '../../local/system.ts'
import { type Gate, startGate } from '../gate/gate.ts'
import { connectGate } from './gate-client.ts'
import { type Burst, DEMO_SCENARIO, type Release, type Scenario } from './scenario.ts'
import { createTraffic } from './traffic.ts'
import { sumCounts, type TrafficCounts } from './traffic-counts.ts'

/** Monday, 23 November 2026, 09:00 UTC: the story is the same whenever it is told. */
export const STORY_START = Date.UTC(2026, 10, 23, 9) as EpochMs

/** Who watches the story. Every call is awaited before the story goes on. */
export interface StoryWatcher {
  deployed(at: EpochMs, release: Release): void
  burst(at: EpochMs, burst: Burst, phase: 'begins' | 'ends'): void
  closed(at: EpochMs, window: ClosedWindow): void
  alerted(at: EpochMs, message: InboxMessage): void
  flagged(at: EpochMs, flag: Flag): void
  /** The gate's answers since the last minute, by service. */
  answered(at: EpochMs, counts: TrafficCounts): void
}

export interface StorySettings {
  readonly system: LocalSystem
  readonly clock: ManualClock
  readonly watcher: StoryWatcher
  /** Virtual ms for one real ms; undefined: as fast as it goes. */
  readonly speed: number | undefined
  readonly scenario?: Scenario
}

/** Virtual time moves in steps of 5 s: as often as a gate asks for flags. */
const STEP_MS = 5_000
const SEED = 20_261_123

/** Tells the story: traffic, its costs, what the close and the gate make of it. Answers with the traffic's counts. */
export async function tellStory(settings: StorySettings): Promise<TrafficCounts> {
  const { system, clock, scenario = DEMO_SCENARIO } = settings
  const gate = await storyGate(system, clock)
  const client = connectGate(gate.url)
  const traffic = createTraffic({
    endpoint: `${system.otlpUrl}/v1/traces`,
    seed: SEED,
    startMs: STORY_START,
    scenario,
    admit: client.admits,
  })
  try {
    const endMs = STORY_START + scenario.minutes * MS_PER_MINUTE
    const pacer = createPacer(settings.speed)
    const teller = createTeller(settings, scenario)
    for (let at = STORY_START + STEP_MS; at <= endMs; at += STEP_MS) {
      clock.set(at as EpochMs)
      teller.count(await traffic.emitUntil(at))
      await system.settle()
      await gate.refresh()
      await teller.tell(at as EpochMs)
      await pacer(at - STORY_START)
    }
    const counts = await traffic.shutdown()
    await system.settle()
    return counts
  } finally {
    client.close()
    await gate.close()
  }
}

/** The gate of `tollgate gate`; it polls when the story says so, because its clock is the story's. */
function storyGate(system: LocalSystem, clock: ManualClock): Promise<Gate> {
  return startGate({
    flagsUrl: new URL(`${system.apiUrl}/v1/flags`),
    host: '127.0.0.1',
    port: 0,
    pollMs: 3_600_000,
    timeoutMs: 5_000,
    maxAgeMs: 3_600_000,
    sign: undefined,
    now: clock.now,
    observePoll: () => {},
  })
}

/** Holds virtual time back to `speed` times real time. */
function createPacer(speed: number | undefined): (virtualMs: number) => Promise<void> {
  const startedAt = performance.now()
  return async (virtualMs) => {
    if (speed === undefined) return
    const aheadMs = virtualMs / speed - (performance.now() - startedAt)
    if (aheadMs > 0) await pause(aheadMs)
  }
}

/** Tells the watcher what has happened since the last step. */
function createTeller({ system, watcher }: StorySettings, scenario: Scenario) {
  const told = { windows: 0, messages: 0, flags: new Map<string, number>(), minute: -1 }
  let counts: TrafficCounts | undefined
  return {
    count(stretch: TrafficCounts): void {
      counts = counts === undefined ? stretch : sumCounts(counts, stretch)
    },
    async tell(at: EpochMs): Promise<void> {
      const minute = Math.floor((at - STORY_START) / MS_PER_MINUTE)
      if (minute !== told.minute) {
        told.minute = minute
        if (counts !== undefined) watcher.answered(at, counts)
        counts = undefined
        tellScenario(watcher, scenario, at, minute)
      }
      for (const window of system.closedWindows().slice(told.windows)) watcher.closed(at, window)
      told.windows = system.closedWindows().length
      const messages = system.inbox.messages()
      for (const message of messages.slice(told.messages)) watcher.alerted(at, message)
      told.messages = messages.length
      for (const flag of await system.readFlags()) {
        if (told.flags.get(flag.service) === flag.admit) continue
        told.flags.set(flag.service, flag.admit)
        watcher.flagged(at, flag)
      }
    },
  }
}

function tellScenario(watcher: StoryWatcher, scenario: Scenario, at: EpochMs, minute: number): void {
  for (const release of scenario.releases) {
    if (release.minute === minute && minute > 0) watcher.deployed(at, release)
  }
  for (const burst of scenario.bursts) {
    if (burst.fromMinute === minute) watcher.burst(at, burst, 'begins')
    if (burst.untilMinute === minute) watcher.burst(at, burst, 'ends')
  }
}
