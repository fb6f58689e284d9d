import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import type { Context } from 'aws-lambda'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { CLIENT_PATIENCE } from '../../layers/adapters/client-patience.ts'
import { connectDeadLetters } from '../../layers/adapters/dead-letters-bucket.ts'
import { environment, readConfiguration } from '../../layers/adapters/environment.ts'
import { connectTelemetry, instrumented, type Telemetry } from '../../layers/adapters/instrumented.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import { tellV8 } from '../../layers/adapters/v8-options.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { closeDueWindows } from '../close-windows/close-due-windows.ts'
import { reportUnreadable, reportWindow } from '../close-windows/report-window.ts'
import { attributeSpans, type Observation } from './attribute-spans.ts'

/** At 80 % of the time the rest of the batch is handed back, so that what is written is also acknowledged. */
const LATE_SHARE_LEFT = 0.2

tellV8()
const telemetry = connectTelemetry()
const configuration = readConfiguration()
const now = (): EpochMs => Date.now() as EpochMs
const dynamo = telemetry.tracer.captureAWSv3Client(new DynamoDBClient(CLIENT_PATIENCE))
const s3 = telemetry.tracer.captureAWSv3Client(new S3Client(CLIENT_PATIENCE))

const budgets = connectBudgets(dynamo, environment('BUDGETS_TABLE'), reportUnreadable(telemetry))
const ledger = connectLedger(dynamo, environment('LEDGER_TABLE'), configuration.retention.ledgerDays)
const deadLetters = connectDeadLetters(s3, environment('DEAD_LETTERS_BUCKET'))
const readBook = createBookReader({
  prices: connectPrices(dynamo, environment('PRICES_TABLE')),
  ownPrices: ownRates(configuration.rates),
  multipliers: configuration.multipliers,
  now,
})

const closeAll = closeDueWindows({ budgets, ledger, readBook, configuration })

const attribute = attributeSpans({
  now,
  rating: compileRating(configuration.rating, configuration.rates),
  maxDeclared: parseUsd(configuration.rating.maxDeclaredUsd),
  topicEpoch: configuration.topic.epoch,
  readBook,
  bookRow: ledger.bookRow,
  keepDeadLetter: deadLetters.keep,
  registerService: budgets.registerService,
  markOpen: budgets.markOpen,
  reportProgress: budgets.reportProgress,
  closeWindows: async (progress, at, isLate) => {
    for (const window of await closeAll(progress, at, isLate)) reportWindow(telemetry, window)
  },
  observe: (observation) => observe(telemetry, observation),
})

export const handler = instrumented(telemetry, (event: unknown, context: Context) => {
  const budgetMs = context.getRemainingTimeInMillis()
  return attribute(event, () => context.getRemainingTimeInMillis() < budgetMs * LATE_SHARE_LEFT)
})

function observe({ metrics, logger }: Telemetry, observation: Observation): void {
  switch (observation.kind) {
    case 'partition':
      metrics.addMetric('spans_received', MetricUnit.Count, observation.spans)
      metrics.addMetric('rows_written', MetricUnit.Count, observation.rows)
      metrics.addMetric('row_additions_fenced', MetricUnit.Count, observation.fenced)
      metrics.addMetric('dead_letters', MetricUnit.Count, observation.deadLetters)
      metrics.addMetric('spans_booked', MetricUnit.Count, observation.outcomes.booked)
      metrics.addMetric('spans_parked', MetricUnit.Count, observation.outcomes.parked)
      metrics.addMetric('spans_unmetered', MetricUnit.Count, observation.outcomes.unmetered)
      metrics.addMetric('identity_drift', MetricUnit.Count, observation.drift)
      return
    case 'edge-drift':
      // In millionths of what was rated: 0 is agreement, 10,000 one percent too much.
      metrics.addMetric('edge_drift', MetricUnit.NoUnit, driftInMillionths(observation))
      metrics.addMetric('edge_drift_spans', MetricUnit.Count, observation.spans)
      return
    case 'handed-back':
      metrics.addMetric('partitions_handed_back', MetricUnit.Count, 1)
      logger.warn('partition handed back', { ...observation })
      return
    case 'failed':
      metrics.addMetric(`${observation.what.replace('-', '_')}_failed`, MetricUnit.Count, 1)
      logger.error(`${observation.what} failed`, observation.error as Error)
  }
}

function driftInMillionths({ declared, rated }: { readonly declared: bigint; readonly rated: bigint }): number {
  return rated === 0n ? 0 : Number(((declared - rated) * 1_000_000n) / rated)
}
