import type { Command } from 'commander'
import { wholeNumber } from '../option-values.ts'
import { withProgress } from '../with-progress.ts'

/** `tollgate simulate`: what enforcement would do in the scenarios that it is built for, beside simpler rules. */
export function register(program: Command): void {
  program
    .command('simulate')
    .description('Simulate runaways, crowds and outages: when people are told, when the gate closes, what is burnt.')
    .option('--only <ids...>', 'these scenarios alone')
    .option(
      '--runs <number>',
      'runs of each, each in a phase of its own; the worst counts',
      wholeNumber('--runs', 1, 60),
      8,
    )
    .option('--seed <number>', 'of the noise in the traffic', wholeNumber('--seed', 0, 1_000_000), 1)
    .option(
      '--flag-delay <seconds>',
      "from a window's end until gates act on what was made of it",
      wholeNumber('--flag-delay', 20, 600),
      40,
    )
    .option('--json', 'print one JSON array, and draw nothing on the way')
    .option('--markdown', 'print one table, as the documents have it')
    .action(run)
}

interface SimulateOptions {
  readonly only?: readonly string[]
  readonly runs: number
  readonly seed: number
  readonly flagDelay: number
  readonly json?: true
  readonly markdown?: true
}

async function run({ only, runs, seed, flagDelay, json, markdown }: SimulateOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const [{ simulate }, { chosenScenarios }, { outcomeOf }, { outcomeTable }, { drawLegend, drawScenario }] =
    await Promise.all([
      import('../simulate/simulation.ts'),
      import('../simulate/chosen-scenarios.ts'),
      import('../simulate/outcome.ts'),
      import('../simulate/outcome-table.ts'),
      import('../simulate/draw-scenario.ts'),
    ])
  const scenarios = chosenScenarios(only)
  const outcomes: ReturnType<typeof outcomeOf>[] = []
  const write = (line: string): void => void process.stdout.write(`${line}\n`)
  const isDrawn = !json && !markdown
  if (isDrawn) for (const line of drawLegend({ runs, seed, flagDelayS: flagDelay })) write(line)
  await withProgress(process.stderr, async (tell) => {
    const done = (): void => tell(`${outcomes.length} of ${scenarios.length} scenarios`)
    done()
    for await (const simulated of simulate(scenarios, { seed, runs, flagDelayS: flagDelay })) {
      outcomes.push(outcomeOf(simulated))
      tell(undefined)
      if (isDrawn) for (const line of drawScenario(simulated)) write(line)
      done()
    }
  })
  if (markdown) write(outcomeTable(outcomes))
  else if (json) write(JSON.stringify(outcomes, null, 2))
}
