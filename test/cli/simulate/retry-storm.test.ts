import { describe, expect, it } from 'vitest'
import { chosenScenarios } from '../../../cli/simulate/chosen-scenarios.ts'
import type { Run } from '../../../cli/simulate/run-report.ts'
import { simulate } from '../../../cli/simulate/simulation.ts'

const STORM_MINUTES = 30

async function firstRun(id: string): Promise<Run> {
  for await (const { runs } of simulate(chosenScenarios([id]), {
    seed: 1,
    runs: 1,
    flagDelayS: 40,
    judges: ['tollgate'],
  })) {
    const [run] = runs.tollgate
    if (run !== undefined) return run
  }
  throw new Error(`no run of ${id}`)
}

describe.each(['retry-storm-at-once', 'retry-storm-backing-off'])('%s against the gate', (id) => {
  it('lets the admitted load down and back without oscillating', async () => {
    const { minutes } = await firstRun(id)
    const admits = minutes.map(({ admit }) => admit)
    const lowest = admits.indexOf(Math.min(...admits))
    const cuts = admits.slice(1).filter((admit, i) => admit < (admits[i] ?? 0))
    const cutsAfterwards = admits.slice(lowest + 1).filter((admit, i) => admit < (admits[lowest + i] ?? 0))
    expect(cuts.length).toBeGreaterThan(2)
    expect(cutsAfterwards).toEqual([])
    // Down to what the budget carries, while those who ask come back again and again.
    const held = minutes.slice(10, STORM_MINUTES)
    for (const { burn } of held) expect(burn).toBeLessThan(1)
    expect(held.every(({ offered, served }) => offered > 20 * served)).toBe(true)
    // And open again within 40 minutes of the storm's end.
    expect(admits.at(STORM_MINUTES + 40)).toBe(1)
    expect(minutes.at(-1)?.burn).toBeGreaterThan(0.3)
  }, 60_000)
})
