import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectParkedRows } from '../../layers/adapters/ledger-parked.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { settleParked } from './settle-parked.ts'

/** At 80 % of the time the run ends, so that the rows at hand are done. */
const LATE_SHARE_LEFT = 0.2

const telemetry = connectTelemetry()
const configuration = readConfiguration()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))

const settle = settleParked({
  now,
  readBook: createBookReader({
    prices: connectPrices(dynamo, environment('PRICES_TABLE')),
    ownPrices: ownRates(configuration.rates),
    multipliers: configuration.multipliers,
    now,
  }),
  parked: connectParkedRows(dynamo, environment('LEDGER_TABLE'), configuration.retention.ledgerDays),
  observe: (run) => {
    const { metrics, logger } = telemetry
    metrics.addMetric('parked_spans_settled', MetricUnit.Count, run.spans)
    metrics.addMetric('parked_rows_not_settled', MetricUnit.Count, run.failed)
    if (run.rows > 0) logger.info('parked usage settled', { ...run })
  },
})

export const handler = instrumented(telemetry, (event: unknown, context: Context) => {
  const budgetMs = context.getRemainingTimeInMillis()
  return settle(event, () => context.getRemainingTimeInMillis() < budgetMs * LATE_SHARE_LEFT)
})
