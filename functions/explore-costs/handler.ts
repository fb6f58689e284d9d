import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectFlagsReader } from '../../layers/adapters/flags-reader.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { exploreCosts } from './explore-costs.ts'

const telemetry = connectTelemetry()
const { retention } = readConfiguration()
const client = telemetry.tracer.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 3 }))

const answer = exploreCosts({
  now: () => Date.now() as EpochMs,
  readHours: connectLedger(client, environment('LEDGER_TABLE'), retention.ledgerDays).readHours,
  readStates: connectBudgets(client, environment('BUDGETS_TABLE')).readStates,
  readFlags: connectFlagsReader(client, environment('FLAGS_TABLE'), (count) =>
    telemetry.metrics.addMetric('unreadable_flags', MetricUnit.Count, count),
  ),
})

export const handler = instrumented(telemetry, answer)
