import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SNSClient } from '@aws-sdk/client-sns'
import { connectAlerts } from '../../layers/adapters/alerts-topic.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectFlags } from '../../layers/adapters/flags-table.ts'
import { connectTelemetry, instrumented } from '../../layers/adapters/instrumented.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { publishAlert } from './publish-alert.ts'

/** Three tries of sending, and of reading before it, end within the lease of an alert. */
const TRIES = { maxAttempts: 3, requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true } }

const telemetry = connectTelemetry()
const { name, retention } = readConfiguration()
const region = process.env.AWS_REGION ?? 'us-east-1'
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(TRIES))
const sns = telemetry.tracer.captureAWSv3Client(new SNSClient(TRIES))

const publish = publishAlert({
  now: () => Date.now() as EpochMs,
  flags: connectFlags(dynamo, environment('FLAGS_TABLE')),
  readHours: connectLedger(dynamo, environment('LEDGER_TABLE'), retention.ledgerDays).readHours,
  // The deployment's dashboard (infra/dashboard.ts).
  link: `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`,
  readStates: connectBudgets(dynamo, environment('BUDGETS_TABLE')).readStates,
  publishMessage: connectAlerts(sns, environment('ALERTS_TOPIC_ARN')).publishMessage,
  observeFailure(service, error) {
    telemetry.logger.error('an alert failed, or goes without its drivers', { service, error })
    telemetry.metrics.addMetric('alerts_failed', MetricUnit.Count, 1)
  },
})

export const handler = instrumented(telemetry, publish)
