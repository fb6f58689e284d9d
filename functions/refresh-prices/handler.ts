import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectPriceList, createPriceListClient } from '../../layers/adapters/price-list.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { fetchFromPriceList } from './fetch-prices.ts'
import { type RefreshOutcome, refreshPrices } from './refresh-prices.ts'
import { reportRefresh } from './report-refresh.ts'

const telemetry = connectTelemetry()
const { pricedRegions: regions, schedules } = readConfiguration()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 5 }))
const pricing = createPriceListClient(process.env.AWS_REGION ?? 'us-east-1')
// Lives as long as the process: the breaker remembers from one minute's refresh to the next.
const priceList = connectPriceList(telemetry.tracer.captureAWSv3Client(pricing), regions)

const refresh = refreshPrices({
  fetchPrices: fetchFromPriceList({
    priceList,
    regions,
    validForMs: schedules.pricesValidMinutes * MS_PER_MINUTE,
    now,
  }),
  prices: connectPrices(dynamo, environment('PRICES_TABLE')),
  refreshEveryMs: schedules.refreshPricesMinutes * MS_PER_MINUTE,
  now,
  unique: () => randomUUID().slice(0, 8),
})

/** A refresh that failed fails loudly: a deploy stops, and the next minute's tick tries again. */
class PriceRefreshFailed extends Error {
  override readonly name = 'PriceRefreshFailed'
}

export const handler = instrumented(telemetry, async (event: unknown): Promise<RefreshOutcome> => {
  const outcome = await refresh(event)
  reportRefresh(telemetry, outcome, priceList.breakerState())
  if (outcome.outcome === 'failed') {
    const why = outcome.error instanceof Error ? outcome.error.message : String(outcome.error)
    // A deploy shows the message alone.
    throw new PriceRefreshFailed(`the prices could not be fetched, the book stays as it is: ${why}`, {
      cause: outcome.error,
    })
  }
  if (outcome.outcome === 'refused') {
    const faults = outcome.faults.slice(0, 10).map(({ fault, detail }) => `${fault} (${detail})`)
    throw new PriceRefreshFailed(`the prices were refused, the book stays as it is: ${faults.join(', ')}`)
  }
  return outcome
})
