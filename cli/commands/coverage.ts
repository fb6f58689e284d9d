import type { Command } from 'commander'
import { LOCAL_API } from '../explore-api.ts'
import { type OfflineOptions, PRICE_FILE_HELP, withOfflineOptions } from '../offline/offline-options.ts'
import { httpUrl } from '../option-values.ts'
import { signerFor } from '../signer-for.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate coverage`: what no figure holds, because spans do not say it, and the one line that supplies it. */
export function register(program: Command): void {
  const command = program
    .command('coverage')
    .description(
      'Show which spans should cost something and do not, by service and meter, and the one line that supplies what is missing.',
    )
    .argument('[files...]', 'OTLP files to rate offline, - is standard input; without any a running system is asked')
    .option('--url <url>', `the API of a running system (default: ${LOCAL_API})`, httpUrl('--url', LOCAL_API))
    .option('--from <instant>', 'since when; the current hour where nothing is said (2026-11-23T08:00Z, 2026-11-23)')
    .option('--to <instant>', 'until when')
    .option('--service <name>', 'one service alone, for instance prod/checkout')
    .option('--sign <region>', 'sign the request for this region; an address of API Gateway is signed without it')
    .option('--json', 'print one JSON document')
    .addHelpText('after', PRICE_FILE_HELP)
  withOfflineOptions(command).action(run)
}

interface CoverageOptions extends OfflineOptions {
  readonly url?: URL
  readonly from?: string
  readonly to?: string
  readonly service?: string
  readonly sign?: string
  readonly json?: true
}

async function run(files: readonly string[], options: CoverageOptions): Promise<void> {
  if (files.length > 0 && options.url !== undefined) {
    throw new UsageError('files are rated here, a running system has its own spans: give files or --url, not both')
  }
  const [{ drawCoverage }, report] = await Promise.all([
    import('../span-coverage/draw-coverage.ts'),
    files.length > 0 ? ofFiles(files, options) : ofSystem(options),
  ])
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : drawCoverage(report))
}

async function ofFiles(files: readonly string[], options: CoverageOptions) {
  const [{ readOffline }, { explainFiles }, { coverageOfExplained }] = await Promise.all([
    import('../offline/offline-options.ts'),
    import('../explain/explain-files.ts'),
    import('../../layers/core/explain/coverage.ts'),
  ])
  const offline = await readOffline(options)
  for (const complaint of offline.complaints) process.stderr.write(`${complaint}\n`)
  const explained = await explainFiles(files, offline)
  const { service } = options
  return coverageOfExplained(service === undefined ? explained : explained.filter((one) => one.service === service))
}

async function ofSystem(options: CoverageOptions) {
  const { readCoverage } = await import('../span-coverage/coverage-client.ts')
  const { url = new URL(LOCAL_API), from, to, service } = options
  const given = Object.entries({ from, to, service }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return readCoverage(url, Object.fromEntries(given), await signerFor(url, options.sign))
}
