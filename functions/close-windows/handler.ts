import { setTimeout as pause } from 'node:timers/promises'
import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Context } from 'aws-lambda'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { closeDueWindows } from './close-due-windows.ts'
import { closeWindows } from './close-windows.ts'
import { judgeHeldWindows } from './judge-held-windows.ts'
import { reportUnreadable, reportWindow } from './report-window.ts'

/** At 80 % of the time no further window is begun. */
const LATE_SHARE_LEFT = 0.2

const telemetry = connectTelemetry()
const configuration = readConfiguration()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))
const budgets = connectBudgets(dynamo, environment('BUDGETS_TABLE'), reportUnreadable(telemetry))
const ledger = connectLedger(dynamo, environment('LEDGER_TABLE'), configuration.retention.ledgerDays)
const readBook = createBookReader({
  prices: connectPrices(dynamo, environment('PRICES_TABLE')),
  ownPrices: ownRates(configuration.rates),
  multipliers: configuration.multipliers,
  now,
})

const ports = { budgets, ledger, readBook, configuration }
const close = closeWindows({
  now,
  pause: (ms) => pause(ms),
  readProgress: budgets.readProgress,
  closeDueWindows: closeDueWindows(ports),
  judgeHeldWindows: judgeHeldWindows(ports),
  observe: (window) => reportWindow(telemetry, window),
  observeFailure: (error) => {
    telemetry.metrics.addMetric('services_unjudged', MetricUnit.Count, 1)
    telemetry.logger.error('a service was not judged by the windows that are held', { error })
  },
})

export const handler = instrumented(telemetry, (event: unknown, context: Context) => {
  const budgetMs = context.getRemainingTimeInMillis()
  return close(event, () => context.getRemainingTimeInMillis() < budgetMs * LATE_SHARE_LEFT)
})
