import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectFlagsReader } from '../../layers/adapters/flags-reader.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectDailyRows } from '../../layers/adapters/ledger-days.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { exploreCosts } from './explore-costs.ts'

const telemetry = connectTelemetry()
const { retention, rating, rates, multipliers } = readConfiguration()
const now = () => Date.now() as EpochMs
const client = telemetry.tracer.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 3 }))

const ledger = connectLedger(client, environment('LEDGER_TABLE'), retention.ledgerDays)
const budgets = connectBudgets(client, environment('BUDGETS_TABLE'))

const answer = exploreCosts({
  now,
  readHours: ledger.readHours,
  readFrontDoor: ledger.readFrontDoor,
  days: connectDailyRows(client, environment('LEDGER_TABLE'), retention.dailyMonths),
  ledgerDays: retention.ledgerDays,
  readStates: budgets.readStates,
  budgets,
  readFlags: connectFlagsReader(client, environment('FLAGS_TABLE'), (count) =>
    telemetry.metrics.addMetric('unreadable_flags', MetricUnit.Count, count),
  ),
  readBook: createBookReader({
    prices: connectPrices(client, environment('PRICES_TABLE')),
    ownPrices: ownRates(rates),
    multipliers,
    now,
  }),
  rules: { rating, rates },
})

export const handler = instrumented(telemetry, answer)
