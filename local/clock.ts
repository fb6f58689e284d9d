import { setTimeout as delay } from 'node:timers/promises'
import type { EpochMs } from '../layers/core/time/instants.ts'

/** Where the local system takes its time from. */
export interface Clock {
  now(): EpochMs
}

/** A clock that stands still until it is moved: for tests and for the demo, which compresses time. */
export interface ManualClock extends Clock {
  set(at: EpochMs): void
  /** Moves the clock by so many milliseconds. */
  advance(ms: number): void
}

/** Waits so many milliseconds. Resolves early, and never rejects, when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

/** The machine's own clock. */
export function systemClock(): Clock {
  return { now: () => Date.now() as EpochMs }
}

/** A clock that shows `start` until `set` or `advance` is called. */
export function manualClock(start: EpochMs): ManualClock {
  let at: number = start
  return {
    now: () => at as EpochMs,
    set: (to) => {
      at = to
    },
    advance: (ms) => {
      at += ms
    },
  }
}

/** A sleep in real time. */
export const realSleep: Sleep = async (ms, signal) => {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}
