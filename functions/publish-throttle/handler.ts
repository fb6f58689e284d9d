import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectFlags } from '../../layers/adapters/flags-table.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { publishThrottle } from './publish-throttle.ts'

const telemetry = connectTelemetry()
const configuration = readConfiguration()
const client = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))

const publish = publishThrottle({
  now: () => Date.now() as EpochMs,
  putFlag: connectFlags(client, environment('FLAGS_TABLE')).putFlag,
  flagMs: configuration.retention.flagMinutes * MS_PER_MINUTE,
  exemptionsOf: (service) => budgetFor(service, configuration).exempt,
  observeFailure(service, error) {
    telemetry.logger.error('the flag is not written', { service, error })
    telemetry.metrics.addMetric('flags_failed', MetricUnit.Count, 1)
  },
})

export const handler = instrumented(telemetry, publish)
