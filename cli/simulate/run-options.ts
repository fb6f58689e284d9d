import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { Minute } from '../../layers/core/time/instants.ts'
import type { SimulatedJudge } from './judge.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedLedger } from './simulated-ledger.ts'
import type { Past } from './warm-up.ts'

/** One run of one scenario under one judge. */
export interface RunOptions {
  readonly scenario: Scenario
  readonly past: Past
  /** Who judges, on this run's own ledger. */
  readonly judgeWith: (ledger: SimulatedLedger, readBook: () => PriceBook, closed: Minute | undefined) => SimulatedJudge
  /** Seconds into a minute at which the scenario starts. */
  readonly phaseS: number
  /** From a window's end until gates act on what was made of it, when nothing holds the window up. Seconds. */
  readonly flagDelayS: number
  readonly seed: number
  /** Names this run's noise. */
  readonly stream: number
}
