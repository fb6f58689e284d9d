import type { Command } from 'commander'
import { type OfflineOptions, PRICE_FILE_HELP, withOfflineOptions } from '../offline/offline-options.ts'
import { instant } from '../option-values.ts'
import { runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate coverage`: what no figure holds, because spans do not say it, and the one line that supplies it. */
export function register(program: Command): void {
  const command = program
    .command('coverage')
    .description(
      'Show which spans should cost something and do not, by service and meter, and the one line that supplies what is missing.',
    )
    .argument('[files...]', 'OTLP files to rate offline, - is standard input; without any a running system is asked')
    .option(
      '--from <instant>',
      'since when; the current hour where nothing is said (2026-11-23T08:00Z, 2026-11-23)',
      instant('--from'),
    )
    .option('--to <instant>', 'until when', instant('--to'))
    .option('--service <name>', 'one service alone, for instance prod/checkout')
    .option('--json', 'print one JSON document')
    .addHelpText('after', PRICE_FILE_HELP)
  withOfflineOptions(withSystemOptions(command)).action(run)
}

interface CoverageOptions extends OfflineOptions, SystemOptions {
  readonly from?: string
  readonly to?: string
  readonly service?: string
  readonly json?: true
}

async function run(files: readonly string[], options: CoverageOptions): Promise<void> {
  if (files.length > 0 && (options.url ?? options.stack) !== undefined) {
    throw new UsageError('give files, which are rated here, or a running system with --url or --stack, not both')
  }
  const [{ drawCoverage }, report] = await Promise.all([
    import('../span-coverage/draw-coverage.ts'),
    files.length > 0 ? ofFiles(files, options) : ofSystem(options),
  ])
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : drawCoverage(report))
}

async function ofFiles(files: readonly string[], options: CoverageOptions) {
  const [{ readOffline }, { explainFiles }, { coverageOfExplained }, { pricedRegions }] = await Promise.all([
    import('../offline/offline-options.ts'),
    import('../explain/explain-files.ts'),
    import('../../layers/core/explain/coverage.ts'),
    import('../../layers/core/prices/priced-regions.ts'),
  ])
  const offline = await readOffline(options)
  for (const complaint of offline.complaints) process.stderr.write(`${complaint}\n`)
  const explained = await explainFiles(files, offline)
  const { service } = options
  const asked = service === undefined ? explained : explained.filter((one) => one.service === service)
  return coverageOfExplained(asked, pricedRegions(offline.book))
}

async function ofSystem(options: CoverageOptions) {
  const { readCoverage } = await import('../span-coverage/coverage-client.ts')
  const { from, to, service } = options
  const given = Object.entries({ from, to, service }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  const { url, sign } = await runningSystem(options)
  return readCoverage(url, Object.fromEntries(given), sign)
}
