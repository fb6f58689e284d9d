import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration, readOwnResources } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { connectOwnMetrics } from '../../layers/adapters/own-metrics.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { meterItself } from './meter-itself.ts'

const PICODOLLARS_PER_MICRODOLLAR = 1_000_000n

const telemetry = connectTelemetry()
const configuration = readConfiguration()
const { version, functions, tables } = readOwnResources()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))
const cloudWatch = telemetry.tracer.captureAWSv3Client(new CloudWatchClient({}))

const meter = meterItself({
  now,
  own: { service: configuration.name, commit: version, region: process.env.AWS_REGION ?? 'us-east-1', functions },
  metrics: connectOwnMetrics(
    cloudWatch,
    functions.map(({ name }) => name),
    tables,
  ),
  readBook: createBookReader({
    prices: connectPrices(dynamo, environment('PRICES_TABLE')),
    ownPrices: ownRates(configuration.rates),
    multipliers: configuration.multipliers,
    now,
  }),
  bookRow: connectLedger(dynamo, environment('LEDGER_TABLE'), configuration.retention.ledgerDays).bookRow,
  budgets: connectBudgets(dynamo, environment('BUDGETS_TABLE')),
})

export const handler = instrumented(telemetry, async (event: unknown): Promise<void> => {
  const { hours, cost, usedPercent } = await meter(event)
  const { metrics, logger } = telemetry
  metrics.addMetric('own_cost_microdollars', MetricUnit.Count, Number(cost / PICODOLLARS_PER_MICRODOLLAR))
  if (usedPercent !== null) metrics.addMetric('own_budget_used_percent', MetricUnit.Percent, usedPercent)
  logger.info('metered itself', { hours, picodollars: String(cost), usedPercent })
})
