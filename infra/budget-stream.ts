import { Duration } from 'aws-cdk-lib'
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb'
import { FilterCriteria, FilterRule, type Function as Lambda, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'

/** A filter of one stream record: what its images must say. Filters are alternatives; all parts of one must match. */
export interface ImageFilter {
  readonly image: 'NewImage' | 'OldImage'
  /** Phases of layers/core/budgets/state.ts. */
  readonly phase: readonly string[]
  readonly mode: 'shadow' | 'enforce'
}

const REFUSING = ['throttled', 'releasing']
const NOTEWORTHY = ['warned', ...REFUSING]

/**
 * A flag exists while a service under `enforce` is throttled or releasing. The new image says so while it holds (the flag
 * is written, then renewed at each close); the old one alone when it ends: released, set to shadow, or removed.
 */
export const FLAG_CHANGES: readonly ImageFilter[] = [
  { image: 'NewImage', mode: 'enforce', phase: REFUSING },
  { image: 'OldImage', mode: 'enforce', phase: REFUSING },
]

/**
 * In `shadow` nobody is told anything. Under `enforce` an alert is due on the way into, between and out of the phases that are not `within`, and hourly while they last. The
 * filter language cannot compare two images, so every window of such a phase passes; the lease in Flags sorts them.
 */
export const ALERT_CHANGES: readonly ImageFilter[] = [
  { image: 'NewImage', mode: 'enforce', phase: NOTEWORTHY },
  { image: 'OldImage', mode: 'enforce', phase: NOTEWORTHY },
]

/**
 * Feeds changes of budget states to a function, gathered for `window`. Retries are bounded by the hour that a flag lives: what holds is written
 * again by the next close, and an end that is given up comes by itself when the flag expires, while an endless retry
 * would hold back the flags of all other services.
 */
export function followBudgets(
  lambda: Lambda,
  budgets: Table,
  filters: readonly ImageFilter[],
  window: Duration = Duration.seconds(0),
): void {
  lambda.addEventSource(
    new DynamoEventSource(budgets as ITable, {
      // CDK's own types disagree under exactOptionalPropertyTypes
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: window,
      bisectBatchOnError: true,
      retryAttempts: 100,
      maxRecordAge: Duration.hours(1),
      reportBatchItemFailures: true,
      filters: filters.map(streamFilter),
    }),
  )
}

const streamFilter = ({ image, phase, mode }: ImageFilter) =>
  FilterCriteria.filter({
    dynamodb: {
      Keys: { kind: { S: FilterRule.isEqual('state') } },
      [image]: { phase: { S: FilterRule.or(...phase) }, mode: { S: FilterRule.isEqual(mode) } },
    },
  })
