import { PICODOLLARS_PER_USD } from '../../layers/core/money/picodollars.ts'
import type { Standing } from './judge.ts'
import type { Scenario } from './scenario.ts'
import { PACE_PER_MINUTE } from './simulated-service.ts'
import type { Lived } from './world.ts'

/** What came of one run. Seconds since the scenario's start; undefined: never. */
export interface Run {
  readonly alertedS: number | undefined
  readonly throttledS: number | undefined
  /** Times that the gate began to refuse without cause. */
  readonly falseThrottles: number
  /** Spent above what is usual from the start until the pace is back under the budget's, USD. */
  readonly burntUsd: number
  /** By whole minutes since the start. */
  readonly minutes: readonly {
    /** Spent, in multiples of the budget's pace. */
    readonly burn: number
    /** The least fraction that was admitted. */
    readonly admit: number
    /** Requests asked for, those that come again included, and those let through. */
    readonly offered: number
    readonly served: number
  }[]
}

/** Writes down a run as it goes. Times are seconds since the epoch. */
export interface RunReport {
  lived(second: number, admit: number, lived: Lived): void
  /** A window was judged, and gates act on it from `fromS` on. */
  judged(fromS: number, standing: Standing): void
  done(): Run
}

interface MinuteOfRun {
  spent: number
  usual: number
  admit: number
  offered: number
  served: number
}

export function createReport({ kind }: Scenario, startS: number): RunReport {
  const minutes: MinuteOfRun[] = []
  let alertedS: number | undefined
  let throttledS: number | undefined
  let falseThrottles = 0
  let lastAdmit = 1
  return {
    lived: (second, admit, lived) => {
      if (second < startS) return
      const at = Math.floor((second - startS) / 60)
      const minute = minutes[at] ?? { spent: 0, usual: 0, admit: 1, offered: 0, served: 0 }
      minute.spent += lived.spent
      minute.usual += lived.usual
      minute.offered += lived.offered
      minute.served += lived.served
      minute.admit = Math.min(minute.admit, admit)
      minutes[at] = minute
    },
    judged: (fromS, { admit, alerted }) => {
      // A ramp may be seen before it counts as one.
      const sinceS = Math.max(0, fromS - startS)
      if (alerted) alertedS ??= sinceS
      if (admit < 1) throttledS ??= sinceS
      if (admit < 1 && lastAdmit === 1 && kind === 'healthy') falseThrottles += 1
      lastAdmit = admit
    },
    done: () => ({
      alertedS,
      throttledS,
      falseThrottles,
      burntUsd: burnt(minutes) / Number(PICODOLLARS_PER_USD),
      minutes: minutes.map(({ spent, admit, offered, served }) => ({
        burn: spent / PACE_PER_MINUTE,
        admit,
        offered,
        served,
      })),
    }),
  }
}

/** Spent above what is usual, until the first minute that spends no more than the budget's pace. */
function burnt(minutes: readonly MinuteOfRun[]): number {
  const back = minutes.findIndex(({ spent }) => spent <= PACE_PER_MINUTE)
  const counted = back < 0 ? minutes : minutes.slice(0, back)
  return Math.max(
    0,
    counted.reduce((sum, { spent, usual }) => sum + spent - usual, 0),
  )
}
