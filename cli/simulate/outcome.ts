import type { Run } from './run-report.ts'
import type { Scenario } from './scenario.ts'
import { JUDGES, type JudgeName, type Simulated } from './simulation.ts'

/** The worst of a scenario's runs, figure by figure. Minutes since its start, two decimals; null: never. */
export interface Figures {
  readonly minutesToAlert: number | null
  readonly minutesToThrottle: number | null
  readonly falseThrottles: number
  readonly burntUsd: number
}

/** One line of `tollgate simulate --json`. */
export interface Outcome extends Figures {
  readonly scenario: string
  readonly hardThreshold: Figures
  readonly plainEma: Figures
}

/** The worst figures of each judge. */
export function outcomeOf({ scenario, runs }: Simulated): Outcome {
  const figures = (name: JudgeName): Figures => worstOf(scenario, runs[name])
  const [, ...others] = JUDGES
  const [hardThreshold, plainEma] = others.map(figures)
  return { scenario: scenario.id, ...figures('tollgate'), hardThreshold, plainEma } as Outcome
}

/** Where something should be seen, never is worst, and late is worse than soon; a scenario without cause the other way round. */
function worstOf({ kind }: Scenario, runs: readonly Run[]): Figures {
  const latest = (times: readonly (number | undefined)[]): number | null => {
    const seen = times.filter((time) => time !== undefined)
    if (seen.length === 0 || (kind === 'runaway' && seen.length < times.length)) return null
    return minutes(Math.max(...seen))
  }
  return {
    minutesToAlert: latest(runs.map(({ alertedS }) => alertedS)),
    minutesToThrottle: latest(runs.map(({ throttledS }) => throttledS)),
    falseThrottles: Math.max(...runs.map(({ falseThrottles }) => falseThrottles)),
    burntUsd: cents(Math.max(...runs.map(({ burntUsd }) => burntUsd))),
  }
}

/** The run in the middle, for those who want to know what to expect. */
export function medianOf(times: readonly (number | undefined)[]): number | null {
  const sorted = times.map((time) => time ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY
  return Number.isFinite(middle) ? minutes(middle) : null
}

const minutes = (seconds: number): number => Math.round((seconds / 60) * 100) / 100
const cents = (usd: number): number => Math.round(usd * 100) / 100
