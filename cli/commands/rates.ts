import type { Command } from 'commander'
import { formatDecimal } from '../../layers/core/money/decimals.ts'
import type { Decimal } from '../../layers/core/money/picodollars.ts'
import { parseDecimal } from '../../layers/core/money/picodollars.ts'
import { awsRegion, positiveDecimal } from '../option-values.ts'
import { UsageError } from '../usage-error.ts'

/** `tollgate rates suggest`: a service's own rate, from what its machine costs by the hour. */
export function register(program: Command): void {
  program
    .command('rates')
    .description(
      'Work out own rates: what a millisecond of a service costs on EC2, EKS or anything billed by the hour.',
    )
    .command('suggest')
    .description("Derive usdPerMs from an instance's hourly price, and print the line of configuration.")
    .option('--instance <type>', 'an EC2 instance type, for instance m7g.large: its bundled On-Demand price')
    .option('--region <region>', 'the region of that price', awsRegion, 'us-east-1')
    .option('--hourly <usd>', 'USD an hour instead, from your bill or node pool', positiveDecimal('--hourly', 10_000))
    .option('--share <part>', "the service's part of it, up to 1 (default: 1)", positiveDecimal('--share', 1))
    .option(
      '--concurrency <spans>',
      'entry spans it works on at a time there, on average, idle time included (default: 1)',
      positiveDecimal('--concurrency', 1_000_000),
    )
    .option('--service <name>', 'the service identity, for instance prod/checkout', 'SERVICE')
    .option('--json', 'print one JSON document')
    .action(run)
}

interface SuggestOptions {
  readonly instance?: string
  readonly region: string
  readonly hourly?: Decimal
  readonly share?: Decimal
  readonly concurrency?: Decimal
  readonly service: string
  readonly json?: true
}

const ONE: Decimal = { digits: 1n, scale: 0 }

async function run(options: SuggestOptions): Promise<void> {
  const [{ suggestRate }, { drawRate }] = await Promise.all([
    import('../rates/suggest-rate.ts'),
    import('../rates/draw-rate.ts'),
  ])
  const hourly = await hourlyPrice(options)
  const inputs = {
    hourlyUsd: parseDecimal(hourly.usd),
    share: options.share ?? ONE,
    concurrency: options.concurrency ?? ONE,
  }
  const suggested = {
    usdPerMs: suggestRate(inputs),
    hourlyUsd: hourly.usd,
    share: formatDecimal(inputs.share),
    concurrency: formatDecimal(inputs.concurrency),
    of: hourly.of,
    source: hourly.source,
    rate: { service: options.service, usdPerMs: suggestRate(inputs) },
  }
  process.stdout.write(options.json ? `${JSON.stringify(suggested)}\n` : drawRate(suggested))
}

async function hourlyPrice({ instance, region, hourly }: SuggestOptions) {
  if ((instance === undefined) === (hourly === undefined)) {
    throw new UsageError('name the machine with --instance m7g.large, or give its price with --hourly 0.0816')
  }
  if (instance === undefined) {
    return { usd: formatDecimal(hourly ?? ONE), of: 'the machine', source: 'given with --hourly' }
  }
  const { onDemandPrice, regionsWith } = await import('../rates/ec2-on-demand.ts')
  const price = onDemandPrice(instance, region)
  if (price !== undefined) {
    return { usd: price.usd, of: `${instance} in ${region}`, source: `${price.source}, ${price.published}` }
  }
  const elsewhere = regionsWith(instance)
  const known = elsewhere.length === 0 ? '' : ` (it has ${elsewhere.join(', ')})`
  throw new UsageError(
    `no bundled price of ${instance.slice(0, 40)} in ${region}${known}: give it with --hourly, from https://aws.amazon.com/ec2/pricing/on-demand/`,
  )
}
