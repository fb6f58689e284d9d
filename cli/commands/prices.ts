import type { Command } from 'commander'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { type OfflineOptions, PRICE_FILE_HELP, withPriceOptions } from '../offline/offline-options.ts'
import { wholeNumber } from '../option-values.ts'
import { runningSystem, type SystemOptions, withSystemOptions } from '../running-system.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate prices`: the price book, bundled or of a running system; finds a SKU by words. */
export function register(program: Command): void {
  const command = program
    .command('prices')
    .description('List the price book: unit, USD, tiers, age, source and rate code; words find a SKU.')
    .argument('[words...]', 'all of them must occur, for instance: lambda arm64 eu-west-1')
    .option(
      '--limit <count>',
      'print at most so many (default: 20, with --json 5000)',
      wholeNumber('--limit', 1, 5_000),
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nWithout --url and --stack: the bundled prices.\n${PRICE_FILE_HELP}`)
  withPriceOptions(withSystemOptions(command)).action(run)
}

interface PricesOptions extends OfflineOptions, SystemOptions {
  readonly limit?: number
  readonly json?: true
}

const LIMIT = 20
const LIMIT_JSON = 5_000

async function run(words: readonly string[], options: PricesOptions): Promise<void> {
  const limit = options.limit ?? (options.json ? LIMIT_JSON : LIMIT)
  const [{ drawPrices }, book] = await Promise.all([
    import('../prices/draw-prices.ts'),
    (options.url ?? options.stack) === undefined ? bundled(words, options, limit) : running(words, options, limit),
  ])
  if (options.json) process.stdout.write(`${JSON.stringify(book)}\n`)
  if (book.found === 0) throw new NoSuchPrice()
  if (!options.json) process.stdout.write(drawPrices(book))
}

/** The book is there, and none of its prices is the one that was looked for. */
class NoSuchPrice extends Error {
  override readonly name = 'NoSuchPrice'
  constructor() {
    super('no price has all these words. Try fewer, such as: lambda, dynamodb write, haiku output')
  }
}

async function bundled(words: readonly string[], options: PricesOptions, limit: number) {
  const [{ readOffline }, { findPrices }] = await Promise.all([
    import('../offline/offline-options.ts'),
    import('../../layers/core/prices/find-prices.ts'),
  ])
  const { prices, complaints } = await readOffline(options)
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
  const found = findPrices(prices, words, Date.now() as EpochMs)
  return { generation: options.prices ?? 'snapshot', found: found.length, prices: found.slice(0, limit) }
}

async function running(words: readonly string[], options: PricesOptions, limit: number) {
  if (options.prices !== undefined || options.rates !== undefined || options.configuration !== undefined) {
    throw new UsageError('a running system has its own prices: give --url or --stack, or files, not both')
  }
  const { readPrices } = await import('../prices/prices-client.ts')
  const { url, sign } = await runningSystem(options)
  return readPrices(url, words, limit, sign)
}
