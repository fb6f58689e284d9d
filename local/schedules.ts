import type { EpochMs } from '../layers/core/time/instants.ts'
import type { Clock, Sleep } from './clock.ts'

/** What is run every so often, as EventBridge Scheduler would. */
export interface Schedules {
  /** Runs `run` at every whole multiple of `ms` since the epoch, the next one first. */
  every(ms: number, run: (at: EpochMs) => Promise<void>): void
  /**
   * Runs what is due at `now`, one after the other, those due first before the others. What was missed more than
   * once runs once, with the latest time it was due. A run that fails is reported, and due again at its next time.
   */
  runDue(now: EpochMs): Promise<void>
  /** Runs what is due by the clock until it is closed. */
  start(): void
  /** Stops after the run that is under way. */
  close(): Promise<void>
}

interface Schedule {
  readonly ms: number
  readonly run: (at: EpochMs) => Promise<void>
  dueMs: number
}

/** A clock that jumps, or a laptop that sleeps, is noticed within this time. */
const LONGEST_SLEEP_MS = 1000

/** Makes schedules by this clock. `onFailure` is told of each run that failed. */
export function createSchedules(clock: Clock, sleep: Sleep, onFailure: (cause: unknown) => void): Schedules {
  const schedules: Schedule[] = []
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let loop: Promise<void> = Promise.resolve()

  async function runAllDue(now: EpochMs): Promise<void> {
    const due = schedules.filter((schedule) => schedule.dueMs <= now).sort((a, b) => a.dueMs - b.dueMs)
    for (const schedule of due) {
      if (closing.signal.aborted) return
      const at = now - (now % schedule.ms)
      schedule.dueMs = at + schedule.ms
      try {
        await schedule.run(at as EpochMs)
      } catch (cause) {
        onFailure(cause)
      }
    }
  }

  function runDue(now: EpochMs): Promise<void> {
    running = running.then(() => runAllDue(now))
    return running
  }

  async function runUntilClosed(): Promise<void> {
    while (!closing.signal.aborted) {
      await runDue(clock.now())
      const next = Math.min(...schedules.map((schedule) => schedule.dueMs))
      await sleep(Math.max(1, Math.min(next - clock.now(), LONGEST_SLEEP_MS)), closing.signal)
    }
  }

  return {
    every: (ms, run) => {
      const now = clock.now()
      schedules.push({ ms, run, dueMs: now - (now % ms) + ms })
    },
    runDue,
    start: () => {
      loop = runUntilClosed()
    },
    close: async () => {
      closing.abort()
      await loop
      await running
    },
  }
}
