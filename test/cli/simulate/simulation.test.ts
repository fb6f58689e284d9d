import { beforeAll, describe, expect, it } from 'vitest'
import { chosenScenarios } from '../../../cli/simulate/chosen-scenarios.ts'
import { drawLegend, drawScenario } from '../../../cli/simulate/draw-scenario.ts'
import { type Outcome, outcomeOf } from '../../../cli/simulate/outcome.ts'
import { outcomeTable } from '../../../cli/simulate/outcome-table.ts'
import { SCENARIOS } from '../../../cli/simulate/scenarios.ts'
import { JUDGES, type Simulated, type SimulationSettings, simulate } from '../../../cli/simulate/simulation.ts'
import { UsageError } from '../../../cli/usage-error.ts'

/** One or two phases suffice to see a judge that went wrong; the command runs eight. */
const SETTINGS = { seed: 1, runs: 1, flagDelayS: 40, judges: ['tollgate'] } satisfies SimulationSettings
const COMPARED = { ...SETTINGS, judges: JUDGES }
const IN_TWO_PHASES = { ...COMPARED, runs: 2 }

const IDS = [
  'runaway-10x-step',
  'runaway-100x-step',
  'runaway-10x-ramp',
  'runaway-100x-ramp',
  'recursion-10x',
  'recursion-100x',
  'redelivery-10x',
  'caller-retries-10x',
  'crowd-covered',
  'crowd-emptying',
  'daily-cycle',
  'weekly-batch',
  'deploy-doubled-unit-cost',
  'catch-up',
  'clock-skew',
  'late-spans',
  'price-outage',
  'runaway-during-price-outage',
  'runaway-that-lags-its-partition',
  'flapping',
]
const TENFOLD = [
  'runaway-10x-step',
  'runaway-10x-ramp',
  'recursion-10x',
  'redelivery-10x',
  'caller-retries-10x',
  'runaway-during-price-outage',
]
const HUNDREDFOLD = ['runaway-100x-step', 'runaway-100x-ramp', 'recursion-100x']
const EMPTYING = 'crowd-emptying'
const RUNAWAYS = [...TENFOLD, ...HUNDREDFOLD, 'runaway-that-lags-its-partition']

async function simulated(
  ids: readonly string[],
  settings: SimulationSettings = SETTINGS,
): Promise<readonly Simulated[]> {
  const all: Simulated[] = []
  for await (const one of simulate(chosenScenarios(ids), settings)) all.push(one)
  return all
}

describe('the judge, simulated', () => {
  const outcomes = new Map<string, Outcome>()
  const of = (id: string): Outcome => {
    const outcome = outcomes.get(id)
    if (outcome === undefined) throw new Error(`no scenario ${id}`)
    return outcome
  }

  beforeAll(async () => {
    const others = IDS.filter((id) => !RUNAWAYS.includes(id) && id !== EMPTYING)
    const all = [
      ...(await simulated(RUNAWAYS, IN_TWO_PHASES)),
      ...(await simulated([EMPTYING], COMPARED)),
      ...(await simulated(others)),
    ]
    for (const one of all) outcomes.set(one.scenario.id, outcomeOf(one))
  }, 120_000)

  it('is shown all scenarios, in their order', () => {
    expect(SCENARIOS.map(({ id }) => id)).toEqual(IDS)
  })

  it.each(TENFOLD)('tells of %s within 3 minutes, and throttles it within 5', (id) => {
    expect(of(id).minutesToAlert).toBeLessThanOrEqual(3)
    expect(of(id).minutesToThrottle).not.toBeNull()
    expect(of(id).minutesToThrottle).toBeLessThanOrEqual(5)
  })

  it.each(HUNDREDFOLD)('throttles %s within 2.5 minutes', (id) => {
    expect(of(id).minutesToThrottle).not.toBeNull()
    expect(of(id).minutesToThrottle).toBeLessThanOrEqual(2.5)
  })

  it('is not disarmed by a flood that makes its own partition lag: as fast at twice its rate as if it did not', () => {
    expect(of('runaway-that-lags-its-partition').minutesToAlert).toBeLessThanOrEqual(3)
    expect(of('runaway-that-lags-its-partition').minutesToThrottle).not.toBeNull()
    expect(of('runaway-that-lags-its-partition').minutesToThrottle).toBeLessThanOrEqual(5)
  })

  it.each([
    [4, 8],
    [8, 12],
    [20, 12],
  ])('throttles a flood at %i times the rate of its partition within %i minutes', async (times, minutes) => {
    const [flood] = await simulated([`runaway-that-lags-its-partition-${times}x`])
    const outcome = flood && outcomeOf(flood)
    expect(outcome?.minutesToThrottle).not.toBeNull()
    expect(outcome?.minutesToThrottle).toBeLessThanOrEqual(minutes)
  })

  it('tells a recursion that lags its partition from a crowd that does', async () => {
    const ids = ['recursion', 'crowd'].map((id) => `${id}-that-lags-its-partition-8x`)
    const [recursion, crowd] = (await simulated(ids)).map(outcomeOf)
    expect(recursion?.minutesToThrottle).not.toBeNull()
    expect(recursion?.minutesToThrottle).toBeLessThanOrEqual(12)
    expect(crowd).toMatchObject({ falseThrottles: 0, minutesToThrottle: null })
    expect(crowd?.minutesToAlert).toBeLessThanOrEqual(15)
  })

  it('opens nothing because a consumer is called no more, and takes nobody for a runaway when it comes back', async () => {
    const [calm, held] = await simulated(['consumer-down', 'runaway-then-consumer-down'])
    expect(calm && outcomeOf(calm)).toMatchObject({ minutesToAlert: null, falseThrottles: 0, minutesToThrottle: null })
    // Down from the tenth minute to the fiftieth.
    const admits = held?.runs.tollgate[0]?.minutes.slice(10, 50).map(({ admit }) => admit) ?? []
    expect(admits).toHaveLength(40)
    expect(new Set(admits).size).toBe(1)
    expect(admits[0]).toBeLessThan(0.2)
  })

  it.each(RUNAWAYS)('lets %s burn at most an eighth of what it burns under the plain average', (id) => {
    expect(of(id).burntUsd).toBeGreaterThan(0)
    expect(of(id).burntUsd * 8).toBeLessThanOrEqual(of(id).plainEma.burntUsd)
  })

  it.each(IDS)('never throttles without cause: %s', (id) => {
    expect(of(id).falseThrottles).toBe(0)
    if (!RUNAWAYS.includes(id) && id !== EMPTYING) expect(of(id).minutesToThrottle).toBeNull()
  })

  it('tells of a crowd that the budget covers, and of a deploy that doubles unit cost', () => {
    expect(of('crowd-covered').minutesToAlert).toBeLessThanOrEqual(3)
    expect(of('deploy-doubled-unit-cost').minutesToAlert).not.toBeNull()
    expect(of('deploy-doubled-unit-cost').minutesToAlert).toBeLessThanOrEqual(5)
  })

  it.each(['daily-cycle', 'catch-up', 'price-outage'])('wakes nobody: %s', (id) => {
    expect(of(id).minutesToAlert).toBeNull()
  })

  it('stops a crowd before it has spent the money, not after', () => {
    const { minutesToThrottle, hardThreshold } = of(EMPTYING)
    expect(minutesToThrottle).toBeGreaterThan(60)
    expect(minutesToThrottle).toBeLessThan(hardThreshold.minutesToThrottle ?? 0)
  })

  it('says nothing of a deploy that costs what the one before did', async () => {
    const [same] = await simulated(['deploy-same-unit-cost'])
    expect(same && outcomeOf(same).minutesToAlert).toBeNull()
  })
})

describe('the simulation', () => {
  it('gives the same figures for the same seed, and others for another', async () => {
    const figures = async (seed: number) =>
      JSON.stringify((await simulated(['runaway-100x-step'], { ...COMPARED, seed })).map(outcomeOf))
    const first = await figures(SETTINGS.seed)
    expect(await figures(SETTINGS.seed)).toBe(first)
    expect(await figures(SETTINGS.seed + 1)).not.toBe(first)
  }, 60_000)

  it('hangs on the delay of the flag', async () => {
    const throttled = async (flagDelayS: number) =>
      (await simulated(['runaway-100x-step'], { ...SETTINGS, flagDelayS })).map(
        ({ runs }) => runs.tollgate[0]?.throttledS ?? 0,
      )
    expect((await throttled(100))[0]).toBe(((await throttled(40))[0] ?? 0) + 60)
  }, 60_000)

  it('is drawn within 80 columns', async () => {
    const drawn = (await simulated(['runaway-100x-step'], COMPARED)).flatMap(drawScenario)
    const lines = [...drawLegend({ runs: 60, seed: 1_000_000, flagDelayS: 600 }), ...drawn]
    expect(lines.join('\n')).toContain('runaway-100x-step')
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80)
  }, 60_000)

  it('is a Markdown table for the documents', () => {
    const figures = { minutesToAlert: 1.25, minutesToThrottle: null, falseThrottles: 0, burntUsd: 7.5 }
    const table = outcomeTable([{ scenario: 'flapping', ...figures, hardThreshold: figures, plainEma: figures }])
    expect(table.split('\n')[2]).toBe('| `flapping` | 1.3 | never | 0 | 7.50 | never, 7.50 | never, 7.50 |')
  })

  it('knows no scenario that is misspelt', () => {
    expect(() => chosenScenarios(['runaway'])).toThrow(UsageError)
  })
})
