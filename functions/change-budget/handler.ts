import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { changeBudget } from './change-budget.ts'

const telemetry = connectTelemetry()
const client = telemetry.tracer.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 3 }))

const change = changeBudget({
  now: () => Date.now() as EpochMs,
  budgets: connectBudgets(client, environment('BUDGETS_TABLE')),
  configuration: readConfiguration(),
})

export const handler = instrumented(telemetry, change)
