import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { mode, usd, wholeNumber } from '../option-values.ts'
import { runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'
import { withProgress } from '../with-progress.ts'

/** `tollgate budgets`: how budgets stand, changes that run out, and what a budget file would have done. */
export function register(program: Command): void {
  const budgets = program.command('budgets').description('List, override, try and suggest budgets.')
  asking(budgets.command('list').description('How every budget stands, why, and what people have changed.')).action(
    list,
  )
  asking(
    budgets
      .command('events')
      .argument('<service>')
      .description('What was decided about a budget: who, when, why, from which numbers.'),
  )
    .option('--limit <count>', 'at most so many', wholeNumber('--limit', 1, 500), 50)
    .action(events)
  changing(
    budgets.command('override').argument('<service>').description("Another limit or mode than the file's, for a time."),
  )
    .option('--limit <usd>', 'the limit meanwhile, USD', usd('--limit'))
    .option('--mode <mode>', 'the mode meanwhile: shadow, enforce', mode)
    .requiredOption('--until <when>', '30m, 2h, 1d from now, or an instant')
    .action((service, options: ChangeOptions & { readonly limit?: string }) => {
      const { limit, mode } = options
      return change(service, options, { change: 'override', ...(limit && { limitUsd: limit }), ...(mode && { mode }) })
    })
  changing(budgets.command('grant').argument('<service>').description('Money on top of the limit, for a time.'))
    .requiredOption('--usd <usd>', 'how much more, USD', usd('--usd'))
    .requiredOption('--until <when>', '30m, 2h, 1d from now, or an instant')
    .action((service, options: ChangeOptions & { readonly usd: string }) =>
      change(service, options, { change: 'grant', usd: options.usd }),
    )
  changing(
    budgets
      .command('clear')
      .argument('<service>')
      .description('End its override and its grants: the file holds again.'),
  ).action((service, options: ChangeOptions) => change(service, options, { change: 'clear' }))
  rehearsing(
    budgets
      .command('try')
      .argument('<file>', 'a budget file: the object that cdk.json has under "tollgate"')
      .description(
        "Run the ledger's minutes through a budget file: when it would have alerted and throttled, at what price.",
      ),
  ).action(tryFile)
  rehearsing(
    budgets
      .command('suggest')
      .description(
        'Write a budget file from the ledger: for each service the 99th percentile of its days, half as much again. Days above twice the median day are left out, and named.',
      ),
  )
    .option('--least <usd>', 'only services that spent so much on a day (default: 1; with --service 0)', usd('--least'))
    .action(suggestFile)
}

interface AskOptions extends SystemOptions {
  readonly json?: true
}

interface ChangeOptions extends AskOptions {
  readonly reason: string
  readonly until?: string
  readonly mode?: string
}

interface RehearsalOptions extends AskOptions {
  readonly data?: string
  readonly since: string
  readonly to?: string
  readonly service?: string
}

interface SuggestOptions extends RehearsalOptions {
  readonly least?: string
}

const asking = (command: Command): Command => withSystemOptions(command).option('--json', 'print one JSON document')

const changing = (command: Command): Command =>
  asking(command).requiredOption('--reason <text>', 'why; it is written down with your identity')

const rehearsing = (command: Command): Command =>
  asking(command)
    .option('--since <when>', '12h, 7d before the end, or an instant', '7d')
    .option('--to <instant>', 'the end (default: now)')
    .option('--service <name>', 'this service alone')
    .option('--data <folder>', 'the data of a "tollgate dev" that is stopped, instead of a running system')

const now = (): EpochMs => Date.now() as EpochMs
const print = (text: string): unknown => process.stdout.write(text)
const printJson = (document: unknown): unknown => print(`${JSON.stringify(document)}\n`)

async function list({ json, ...system }: AskOptions): Promise<void> {
  const [{ readStandings }, { drawStandings }] = await Promise.all([
    import('../budgets/budgets-client.ts'),
    import('../budgets/draw-budgets.ts'),
  ])
  const { url, sign } = await runningSystem(system)
  const standings = await readStandings(url, sign)
  if (json) printJson({ budgets: standings })
  else print(drawStandings(standings, Math.max(80, process.stdout.columns ?? 80)))
}

async function events(service: string, { json, limit, ...system }: AskOptions & { limit: number }): Promise<void> {
  const [{ readEvents }, { drawEvents }] = await Promise.all([
    import('../budgets/budgets-client.ts'),
    import('../budgets/draw-budgets.ts'),
  ])
  const { url, sign } = await runningSystem(system)
  const told = await readEvents(url, service, limit, sign)
  if (json) printJson({ service, events: told })
  else print(drawEvents(service, told))
}

async function change(service: string, options: ChangeOptions, asked: object): Promise<void> {
  const [{ sendChange }, { drawChanged }, { untilOf }] = await Promise.all([
    import('../budgets/budgets-client.ts'),
    import('../budgets/draw-budgets.ts'),
    import('../budgets/instants.ts'),
  ])
  const { reason, until } = options
  const ends = until === undefined ? {} : { until: new Date(untilOf(until, now())).toISOString() }
  const { url, sign } = await runningSystem(options)
  const changed = await sendChange(url, { service, reason, ...asked, ...ends }, sign)
  if (options.json) printJson(changed)
  else print(drawChanged(changed))
}

async function tryFile(path: string, options: RehearsalOptions): Promise<void> {
  const [{ readConfigurationFile }, { asJson, rehearse }, { drawReplays }] = await Promise.all([
    import('../offline/read-configuration.ts'),
    import('../budgets/rehearse.ts'),
    import('../budgets/draw-replay.ts'),
  ])
  const file = await readConfigurationFile(path)
  const rehearsed = await withLedger(options, (rehearsal) => rehearse(rehearsal, file))
  if (options.json) return void printJson({ services: rehearsed.map(asJson) })
  print(drawReplays(rehearsed))
}

/** The file goes to standard output, what it would have done to standard error: `suggest > budgets.json`. */
async function suggestFile(options: SuggestOptions): Promise<void> {
  const [{ asJson, suggest }, { drawLeftOut, drawReplays }, { formatUsd, parseUsd }] = await Promise.all([
    import('../budgets/rehearse.ts'),
    import('../budgets/draw-replay.ts'),
    import('../../layers/core/money/picodollars.ts'),
  ])
  // Who names a service wants its budget, however little it spends.
  const leastUsd = options.least ?? (options.service === undefined ? '1' : '0')
  const { budgets, leftOut } = await withLedger(options, (rehearsal) => suggest(rehearsal, parseUsd(leastUsd)))
  const file = {
    budgets: budgets.map(({ service, budget }) => ({
      ...{ comment: budget.comment, service },
      ...{ limitUsd: budget.limitUsd, mode: budget.mode },
    })),
  }
  if (options.json) {
    const left = leftOut.map(({ service, dearestDay }) => ({ service, dearestDayUsd: formatUsd(dearestDay) }))
    return void printJson({ ...file, services: budgets.map(asJson), leftOut: left })
  }
  print(`${JSON.stringify(file, null, 2)}\n`)
  if (budgets.length > 0 || leftOut.length === 0) process.stderr.write(drawReplays(budgets))
  process.stderr.write(drawLeftOut(leftOut, leastUsd))
}

type Rehearsal = import('../budgets/rehearse.ts').Rehearsal

/** Asks a running system, or one that is opened on a folder for as long as it is asked. */
async function withLedger<T>(options: RehearsalOptions, run: (rehearsal: Rehearsal) => Promise<T>): Promise<T> {
  const { rehearsedTime } = await import('../budgets/instants.ts')
  const { from, to } = rehearsedTime(options.since, options.to, now())
  const { data, service } = options
  if (data !== undefined && (options.url ?? options.stack) !== undefined) {
    throw new UsageError('give --url or --data, not both; nor --stack with --data')
  }
  if (data === undefined) {
    const { url, sign } = await runningSystem(options)
    return withProgress(process.stderr, (tell) => run({ base: url, sign, from, to, service, tell }))
  }
  const [{ startLocalSystem }, { realSleep, systemClock }, { localConfiguration }] = await Promise.all([
    import('../../local/system.ts'),
    import('../../local/clock.ts'),
    import('../local-configuration.ts'),
  ])
  const system = await startLocalSystem({
    configuration: await localConfiguration(undefined),
    ...{ clock: systemClock(), sleep: realSleep, ports: { otlp: 0, api: 0 }, report: () => {}, expires: false },
    folder: resolve(data),
  })
  try {
    const base = new URL(system.apiUrl)
    return await withProgress(process.stderr, (tell) => run({ base, sign: undefined, from, to, service, tell }))
  } finally {
    await system.close()
  }
}
