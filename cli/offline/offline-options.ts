import type { Command } from 'commander'
import { type Configuration, configurationSchema } from '../../layers/core/configuration.ts'
import type { Price, PriceBook } from '../../layers/core/prices/price.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { SNAPSHOT_REGIONS } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating, type RatingContext } from '../../layers/core/rating/rating-context.ts'
import { awsRegion } from '../option-values.ts'
import { offlinePrices } from './offline-prices.ts'
import { type FilePrices, readPriceFile } from './price-file.ts'
import { readConfigurationFile, readRatesFile } from './read-configuration.ts'

/** How a command that works without a running system is told what that system would know. */
export interface OfflineOptions {
  readonly region?: string
  readonly prices?: string
  readonly rates?: string
  readonly configuration?: string
}

/** Rating and prices of a system that need not run. */
export interface Offline {
  readonly context: RatingContext
  readonly prices: readonly Price[]
  readonly book: PriceBook
  /** What is wrong with single prices of the price file, a sentence each. */
  readonly complaints: readonly string[]
}

export const PRICE_FILE_HELP = `
A file of prices is JSON, and takes the place of the bundled AWS prices:
  an answer of "aws pricing get-products" ({"PriceList": [...]}, or that list);
  an offer file of the bulk Price List ({"offerCode", "products", "terms"});
  {"aws/lambda/request@us-east-1": "0.0000002"}, USD by SKU;
  [{"sku": "...", "usd": "0.0000002", "unit": "request"}]; the unit is checked.`

/** Adds the options to a command that rates spans. */
export const withOfflineOptions = (command: Command): Command =>
  withPriceOptions(command.option('--region <region>', 'the region of spans that name none', awsRegion))

/** Adds those of the options that name prices. */
export function withPriceOptions(command: Command): Command {
  return command
    .option('--prices <file>', 'prices to use instead of the bundled ones (see below)')
    .option('--rates <file>', 'own rates: [{"service", "operation"?, "usdPerMs"}] or {"rates": [...]}')
    .option('--configuration <file>', "Tollgate's configuration, or a cdk.json that holds it")
}

/** Reads the files that the options name. @throws UnusableFile */
export async function readOffline(options: OfflineOptions): Promise<Offline> {
  const configuration = await configurationOf(options)
  const regions = options.configuration === undefined ? SNAPSHOT_REGIONS : pricedRegions(configuration)
  const file: FilePrices | undefined = options.prices === undefined ? undefined : await readPriceFile(options.prices)
  const prices = offlinePrices(configuration, regions, file?.prices)
  return {
    context: compileRating(configuration.rating, configuration.rates),
    prices,
    book: createPriceBook(prices, options.prices ?? 'snapshot'),
    complaints: file?.complaints ?? [],
  }
}

async function configurationOf({ configuration: file, rates: ratesFile, region }: OfflineOptions) {
  const read = file === undefined ? configurationSchema.parse({}) : await readConfigurationFile(file)
  const rates = ratesFile === undefined ? read.rates : [...(await readRatesFile(ratesFile))]
  return { ...read, rates, rating: { ...read.rating, region: region ?? read.rating.region } }
}

/** A running system has the prices of these alone; and an option that names a region means it. */
const pricedRegions = ({ pricedRegions: regions, rating }: Configuration): readonly string[] => [
  ...new Set([...regions, rating.region]),
]
