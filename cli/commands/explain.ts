import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { ExplainedOfFile } from '../explain/explain-files.ts'
import { LOCAL_API } from '../explore-api.ts'
import { type Offline, type OfflineOptions, PRICE_FILE_HELP, withOfflineOptions } from '../offline/offline-options.ts'
import { httpUrl } from '../option-values.ts'
import { runningSystem, type SystemOptions } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate explain`: what every span of a file costs and why, with the ledger's own arithmetic, offline. */
export function register(program: Command): void {
  const command = program
    .command('explain')
    .description(
      'Explain what spans cost, meter by meter: quantity, rounding, unit price, source, result; or why they cost nothing.',
    )
    .argument(
      '[files...]',
      'OTLP (JSON, JSON lines, protobuf, each also gzipped) or plain records; - is standard input',
    )
    .option('--trace <id>', 'only spans of this trace; the beginning of its id will do')
    .option(
      '--url <url>',
      'by the prices and rules of this running system; without files, a trace that `tollgate dev` still holds',
      httpUrl('--url', LOCAL_API),
    )
    .option('--stack <name>', 'by the prices and rules of this deployed system, as it books them')
    .option('--sign <region>', 'sign for this region; --stack and API Gateway addresses are signed without it')
    .option('--span <id>', 'only this span; the beginning of its id will do')
    .option('--json', 'print one JSON list, an entry a span, with exact figures')
    .addHelpText('after', PRICE_FILE_HELP)
  withOfflineOptions(command).action(run)
}

interface ExplainOptions extends OfflineOptions, SystemOptions {
  readonly trace?: string
  readonly span?: string
  readonly json?: true
}

async function run(files: readonly string[], options: ExplainOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const { drawExplained } = await import('../explain/draw-explained.ts')
  const { all, priced } = await explained(files, options)
  const chosen = all.filter(({ traceId, spanId }) => begins(traceId, options.trace) && begins(spanId, options.span))
  if (chosen.length === 0 && all.length > 0) throw new NoSuchSpan(all.length)
  process.stdout.write(options.json ? `${JSON.stringify(chosen, null, 2)}\n` : drawExplained(chosen, paint, priced))
}

/** Explained spans, and the regions that their book has prices of. */
interface ExplainedByBook {
  readonly all: readonly ExplainedOfFile[]
  readonly priced: ReadonlySet<string>
}

function explained(files: readonly string[], options: ExplainOptions): Promise<ExplainedByBook> {
  if (options.url === undefined && options.stack === undefined) return ofFiles(files, options)
  return files.length > 0 ? ofFilesThere(files, options) : ofRunningSystem(options)
}

async function ofFiles(files: readonly string[], options: ExplainOptions): Promise<ExplainedByBook> {
  if (files.length === 0) throw new UsageError('name files to explain, - for standard input, or --url with --trace')
  const { readOffline } = await import('../offline/offline-options.ts')
  const offline = await readOffline(options)
  for (const complaint of offline.complaints) process.stderr.write(`${complaint}\n`)
  return byBook(files, offline)
}

/** As the running system books them: what the options say offline would be another system's. */
async function ofFilesThere(files: readonly string[], options: ExplainOptions): Promise<ExplainedByBook> {
  const { prices, rates, configuration, region } = options
  if ([prices, rates, configuration, region].some((given) => given !== undefined)) {
    throw new UsageError('--url and --stack bring their own prices and rules: leave out those of files')
  }
  const { bookOfSystem } = await import('../explain/book-of-system.ts')
  return byBook(files, await bookOfSystem(await runningSystem(options)))
}

async function byBook(files: readonly string[], by: Pick<Offline, 'context' | 'book'>): Promise<ExplainedByBook> {
  const [{ explainFiles }, { pricedRegions }] = await Promise.all([
    import('../explain/explain-files.ts'),
    import('../../layers/core/prices/priced-regions.ts'),
  ])
  return { all: await explainFiles(files, by), priced: pricedRegions(by.book) }
}

async function ofRunningSystem({ url, trace }: ExplainOptions): Promise<ExplainedByBook> {
  if (url === undefined) throw new UsageError('a deployed system keeps no spans: name files to explain by its prices')
  if (trace === undefined) throw new UsageError('--url wants files, or --trace ID: it is asked for one trace')
  const [{ askRunningSystem }, { bookOfSystem }, { pricedRegions }] = await Promise.all([
    import('../explain/explain-running.ts'),
    import('../explain/book-of-system.ts'),
    import('../../layers/core/prices/priced-regions.ts'),
  ])
  const all = await askRunningSystem(url, trace)
  const { book } = await bookOfSystem({ url, sign: undefined })
  return { all, priced: pricedRegions(book) }
}

/** The filters leave nothing. */
class NoSuchSpan extends Error {
  override readonly name = 'NoSuchSpan'
  constructor(spans: number) {
    super(`none of the ${spans} spans read has that id; without --trace and --span all of them are explained`)
  }
}

const begins = (id: string, beginning: string | undefined): boolean =>
  beginning === undefined || id.startsWith(beginning.toLowerCase())

const paint = (style: 'bold' | 'yellow' | 'dim', line: string): string =>
  process.stdout.isTTY ? styleText(style, line, { stream: process.stdout }) : line
