import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { environment } from '../../layers/adapters/environment.ts'
import { connectFlagsReader } from '../../layers/adapters/flags-reader.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { throttleGate } from './throttle-gate.ts'

const telemetry = connectTelemetry()
const client = telemetry.tracer.captureAWSv3Client(new DynamoDBClient({ maxAttempts: 3 }))

const answer = throttleGate({
  now: () => Date.now() as EpochMs,
  readFlags: connectFlagsReader(client, environment('FLAGS_TABLE'), (count) => {
    telemetry.logger.warn('flags that cannot be read are left out', { count })
    telemetry.metrics.addMetric('unreadable_flags', MetricUnit.Count, count)
  }),
  observeFailure(error) {
    telemetry.logger.error('the flags cannot be read', { error })
    telemetry.metrics.addMetric('flags_out_of_reach', MetricUnit.Count, 1)
  },
})

export const handler = instrumented(telemetry, answer)
