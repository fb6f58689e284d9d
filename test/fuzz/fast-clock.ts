import type { EpochMs } from '../../layers/core/time/instants.ts'
import { type Clock, realSleep, type Sleep } from '../../local/clock.ts'

/** A clock that runs faster than the machine's, the same in every process of a run. */
export interface FastClockSettings {
  /** The machine's time at which the run began, epoch ms; both clocks showed it. */
  readonly startMs: number
  /** How many of its milliseconds pass in one. */
  readonly speed: number
}

/** Minutes of windows, holds and prices pass in seconds of a run. */
export const fastClock = ({ startMs, speed }: FastClockSettings): Clock => ({
  now: () => Math.floor(startMs + (Date.now() - startMs) * speed) as EpochMs,
})

/** A sleep of so many milliseconds of that clock. */
export const fastSleep =
  ({ speed }: FastClockSettings): Sleep =>
  (ms, signal) =>
    realSleep(ms / speed, signal)
