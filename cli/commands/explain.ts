import { styleText } from 'node:util'
import type { Command } from 'commander'
import type { ExplainedOfFile } from '../explain/explain-files.ts'
import { LOCAL_API } from '../explore-api.ts'
import { type OfflineOptions, PRICE_FILE_HELP, withOfflineOptions } from '../offline/offline-options.ts'
import { httpUrl } from '../option-values.ts'
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
      'instead of files: look the trace up in a running `tollgate dev`',
      httpUrl('--url', LOCAL_API),
    )
    .option('--span <id>', 'only this span; the beginning of its id will do')
    .option('--json', 'print one JSON list, an entry a span, with exact figures')
    .addHelpText('after', PRICE_FILE_HELP)
  withOfflineOptions(command).action(run)
}

interface ExplainOptions extends OfflineOptions {
  readonly url?: URL
  readonly trace?: string
  readonly span?: string
  readonly json?: true
}

async function run(files: readonly string[], options: ExplainOptions): Promise<void> {
  // Loaded here, so that other commands start without them.
  const { drawExplained } = await import('../explain/draw-explained.ts')
  const all =
    options.url === undefined ? await ofFiles(files, options) : await ofRunningSystem(options.url, options.trace)
  const chosen = all.filter(({ traceId, spanId }) => begins(traceId, options.trace) && begins(spanId, options.span))
  if (chosen.length === 0 && all.length > 0) throw new NoSuchSpan(all.length)
  process.stdout.write(options.json ? `${JSON.stringify(chosen, null, 2)}\n` : drawExplained(chosen, paint))
}

async function ofFiles(files: readonly string[], options: ExplainOptions): Promise<readonly ExplainedOfFile[]> {
  if (files.length === 0) throw new UsageError('name files to explain, - for standard input, or --url with --trace')
  const { readOffline } = await import('../offline/offline-options.ts')
  const { explainFiles } = await import('../explain/explain-files.ts')
  const offline = await readOffline(options)
  for (const complaint of offline.complaints) process.stderr.write(`${complaint}\n`)
  return explainFiles(files, offline)
}

async function ofRunningSystem(url: URL, trace: string | undefined): Promise<readonly ExplainedOfFile[]> {
  if (trace === undefined) throw new UsageError('--url wants --trace ID: a running system is asked for one trace')
  const { askRunningSystem } = await import('../explain/explain-running.ts')
  return askRunningSystem(url, trace)
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
