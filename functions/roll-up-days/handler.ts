import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectDailyRows } from '../../layers/adapters/ledger-days.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { rollUpDays } from './roll-up-days.ts'

/** At 80 % of the time the run ends, so that the services at hand are done and the cursor is written. */
const LATE_SHARE_LEFT = 0.2

const telemetry = connectTelemetry()
const { retention } = readConfiguration()
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))
const budgets = connectBudgets(dynamo, environment('BUDGETS_TABLE'))

const rollUp = rollUpDays({
  now: () => Date.now() as EpochMs,
  ledgerDays: retention.ledgerDays,
  readServices: async () => (await budgets.readStates()).map(({ service }) => service),
  readHours: connectLedger(dynamo, environment('LEDGER_TABLE'), retention.ledgerDays).readHours,
  days: connectDailyRows(dynamo, environment('LEDGER_TABLE'), retention.dailyMonths),
  observe: (run) => {
    const { metrics, logger } = telemetry
    metrics.addMetric('identity_drift', MetricUnit.Count, run.drifted)
    metrics.addMetric('daily_rows_written', MetricUnit.Count, run.written)
    if (run.services > 0) logger.info('days rolled up', { ...run })
  },
})

export const handler = instrumented(telemetry, (event: unknown, context: Context) => {
  const budgetMs = context.getRemainingTimeInMillis()
  return rollUp(event, () => context.getRemainingTimeInMillis() < budgetMs * LATE_SHARE_LEFT)
})
