import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectPriceList, createPriceListClient } from '../../layers/adapters/price-list.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { fetchFromPriceList } from './fetch-prices.ts'
import { refuseFailure } from './refresh-failure.ts'
import { type RefreshOutcome, refreshPrices } from './refresh-prices.ts'
import { reportRefresh } from './report-refresh.ts'

const telemetry = connectTelemetry()
const { pricedRegions: regions, schedules } = readConfiguration()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))
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

export const handler = instrumented(telemetry, async (event: unknown): Promise<RefreshOutcome> => {
  const outcome = await refresh(event)
  reportRefresh(telemetry, outcome, priceList.breakerState())
  refuseFailure(outcome)
  return outcome
})
