import { GRACE_MS } from '../../layers/core/windows/progress.ts'
import type { RunOptions } from './run-options.ts'
import { createReport, type Run } from './run-report.ts'
import { createWorld } from './world.ts'

/** Ordinary minutes before a scenario. */
const CALM_S = 120

/** Runs a scenario second by second: traffic through the gate, spans through the topic, windows through the judge. */
export async function runScenario(options: RunOptions): Promise<Run> {
  const { scenario, past, flagDelayS } = options
  const pastS = past.endMs / 1000
  const startS = pastS + (scenario.leadMinutes ?? 0) * 60 + CALM_S + options.phaseS
  const stepS = scenario.stepS ?? 1
  const world = createWorld(options, startS)
  const report = createReport(scenario, startS)
  const flags: { readonly fromS: number; readonly admit: number }[] = []
  let admit = 1
  for (let second = pastS; second < startS + scenario.minutes * 60; second += stepS) {
    while (flags[0] !== undefined && flags[0].fromS <= second) admit = flags.shift()?.admit ?? 1
    report.lived(second, admit, world.live(second, admit))
    for (const standing of await world.judge(second + stepS)) {
      // The grace has passed by then; what is left of the delay is closing, publishing and the gate's own.
      const fromS = second + stepS + flagDelayS - GRACE_MS / 1000
      flags.push({ fromS, admit: standing.admit })
      report.judged(fromS, standing)
    }
  }
  return report.done()
}
