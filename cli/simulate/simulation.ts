import { shortHash } from '../../layers/core/identity/hash.ts'
import type { RunOptions } from './run-options.ts'
import type { Run } from './run-report.ts'
import { runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'
import { createThresholdJudge, HARD_THRESHOLD, PLAIN_EMA } from './threshold-judge.ts'
import { createTollgateJudge } from './tollgate-judge.ts'
import { type Past, pastOf } from './warm-up.ts'

/** Who judges: Tollgate, or one of the rules that it is compared with. */
export const JUDGES = ['tollgate', 'hardThreshold', 'plainEma'] as const
export type JudgeName = (typeof JUDGES)[number]

export interface SimulationSettings {
  readonly seed: number
  /** Runs of each scenario, each with a phase and a noise of its own. */
  readonly runs: number
  readonly flagDelayS: number
  /** Who judges; all where nobody is named. */
  readonly judges?: readonly JudgeName[]
}

/** All runs of one scenario, by judge: the same traffic in the same phases for each. Who does not judge has none. */
export interface Simulated {
  readonly scenario: Scenario
  readonly runs: Readonly<Record<JudgeName, readonly Run[]>>
}

/** Runs the scenarios one after the other; the same settings give the same figures everywhere. */
export async function* simulate(
  scenarios: readonly Scenario[],
  { seed, runs, flagDelayS, judges = JUDGES }: SimulationSettings,
): AsyncGenerator<Simulated> {
  for (const scenario of scenarios) {
    const past = await pastOf(scenario.profile, seed)
    const results: Record<JudgeName, Run[]> = { tollgate: [], hardThreshold: [], plainEma: [] }
    for (let run = 0; run < runs; run += 1) {
      // A phase of each part of a minute, somewhere within that part.
      const phaseS = Math.floor(((run + part(seed + numberOf(scenario), run)) * 60) / runs)
      for (const name of judges) {
        const judgeWith = JUDGE_WITH[name](past)
        results[name].push(
          await runScenario({ scenario, past, judgeWith, phaseS, flagDelayS, seed, stream: numberOf(scenario) + run }),
        )
      }
    }
    yield { scenario, runs: results }
  }
}

/** A scenario draws the same noise whatever else is run; 64 runs have room. */
const numberOf = ({ id }: Scenario): number => (Number.parseInt(shortHash(id, 5), 36) + 1) * 64

/** A fraction in [0, 1) that looks random: the golden ratio's multiples spread evenly. */
const part = (place: number, run: number): number => ((place * 31 + run) * 0.618_033_988_7) % 1

const JUDGE_WITH: Record<JudgeName, (past: Past) => RunOptions['judgeWith']> = {
  tollgate: (past) => (ledger, readBook) => createTollgateJudge({ ...past.memory }, 'enforce', ledger, readBook),
  hardThreshold: () => (ledger, readBook, closed) => createThresholdJudge(HARD_THRESHOLD, ledger, readBook, closed),
  plainEma: () => (ledger, readBook, closed) => createThresholdJudge(PLAIN_EMA, ledger, readBook, closed),
}
