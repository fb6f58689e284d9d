import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'

export interface AlarmsProps {
  readonly configuration: Pick<Configuration, 'name' | 'schedules'>
  readonly to: ITopic
  readonly functions: Readonly<
    Record<
      | 'refreshPrices'
      | 'attributeSpans'
      | 'closeWindows'
      | 'settleParked'
      | 'rollUpDays'
      | 'publishThrottle'
      | 'publishAlert'
      | 'changeBudget'
      | 'throttleGate'
      | 'exploreCosts',
      Lambda
    >
  >
}

interface AlarmShape {
  /** The alarm's name behind the deployment's, and the heading of its section in docs/operations.md. */
  readonly name: string
  readonly says: string
  readonly metric: IMetric
  /** Rings above it; `below: true`, below it. */
  readonly threshold: number
  readonly below?: true
  /** Minutes out of minutes. */
  readonly minutes: readonly [bad: number, of: number]
  /** What no data means: decided for each alarm. */
  readonly silence: TreatMissingData
}

const MINUTE = Duration.minutes(1)

/** The alarms, each with a section of its name in docs/operations.md. They are published to the alerts topic. */
export function alarms(scope: Construct, props: AlarmsProps): Alarm[] {
  return alarmShapes(props).map((shape) => {
    const name = `${props.configuration.name}-${shape.name}`
    const alarm = new Alarm(scope, `alarm ${shape.name}`, {
      alarmName: name,
      alarmDescription: `${shape.says} What to do: docs/operations.md, "${shape.name}".`,
      metric: shape.metric,
      threshold: shape.threshold,
      comparisonOperator: shape.below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: shape.minutes[0],
      evaluationPeriods: shape.minutes[1],
      treatMissingData: shape.silence,
    })
    alarm.addAlarmAction(new SnsAction(props.to))
    alarm.addOkAction(new SnsAction(props.to))
    return alarm
  })
}

const alarmShapes = (props: AlarmsProps): AlarmShape[] => [...lags(props), ...data(props), ...functions(props)]

/** What comes late. */
const lags = ({ functions: { attributeSpans, publishThrottle, publishAlert } }: AlarmsProps): AlarmShape[] => [
  {
    name: 'span-lag',
    says: 'Export requests wait in the span topic: costs and throttles come late.',
    metric: attributeSpans.metric('OffsetLag', { statistic: 'Maximum', period: MINUTE }),
    threshold: 10_000, // one full batch
    minutes: [5, 5],
    silence: TreatMissingData.NOT_BREACHING, // an empty topic reports nothing
  },
  {
    name: 'budget-stream-lag',
    says: 'Judged budgets wait in the stream for more than a minute: throttles or alerts come late.',
    metric: maxOf(
      [publishThrottle, publishAlert].map((lambda) =>
        lambda.metric('IteratorAge', { statistic: 'Maximum', period: MINUTE }),
      ),
    ),
    threshold: MINUTE.toMilliseconds(),
    minutes: [3, 3],
    silence: TreatMissingData.NOT_BREACHING, // nothing judged, nothing waits
  },
]

/** What is missing or wrong in the data. */
const data = ({ configuration: { name, schedules }, functions: { closeWindows } }: AlarmsProps): AlarmShape[] => [
  {
    name: 'price-book-stale',
    says: 'No refresh of the prices has succeeded within their validity: usage is parked, not booked.',
    metric: ownMetric(name, 'refresh-prices', 'price_book_age_seconds', 'Maximum'),
    threshold: Duration.minutes(schedules.pricesValidMinutes).toSeconds(),
    minutes: [2, 3],
    silence: TreatMissingData.BREACHING, // it reports each minute; silence is an age that nobody knows
  },
  {
    name: 'dead-letters',
    says: 'Records or spans could not be booked and were put in the dead-letter bucket.',
    metric: ownMetric(name, 'attribute-spans', 'dead_letters', 'Sum'),
    threshold: 0,
    minutes: [1, 5],
    silence: TreatMissingData.NOT_BREACHING,
  },
  {
    name: 'booking-failures',
    says: 'attribute-spans hands records back: they are tried again, and their partitions wait.',
    metric: sumOf(
      ['booking_failed', 'dead_letter_failed', 'topic_recreated_failed', 'close_failed'].map((failure) =>
        ownMetric(name, 'attribute-spans', failure, 'Sum'),
      ),
    ),
    threshold: 0,
    minutes: [3, 5], // a failure that goes away by itself does so at the next try
    silence: TreatMissingData.NOT_BREACHING,
  },
  {
    name: 'identity-drift',
    says: 'Figures that must be equal are not: spans without an outcome, or minutes and operations of different money.',
    metric: sumOf(
      ['attribute-spans', 'roll-up-days'].map((service) => ownMetric(name, service, 'identity_drift', 'Sum')),
    ),
    threshold: 0,
    minutes: [1, 5],
    silence: TreatMissingData.NOT_BREACHING, // no spans, no figures
  },
  {
    name: 'windows-incomplete',
    says: 'Windows close without all their spans: burns are lower bounds, and nothing is released.',
    metric: ownMetric(name, 'close-windows', 'windows_closed_incomplete', 'Sum'),
    threshold: 0,
    minutes: [5, 10],
    silence: TreatMissingData.NOT_BREACHING,
  },
  {
    name: 'windows-not-closing',
    says: 'The tick has not run: no budget of an idle service is judged, no throttle of it released.',
    metric: closeWindows.metricInvocations({ period: MINUTE }),
    threshold: 1,
    below: true,
    minutes: [5, 5],
    silence: TreatMissingData.BREACHING,
  },
]

/** What ails the functions themselves. One failure is retried; a function that keeps failing is not well. */
const functions = ({ functions }: AlarmsProps): AlarmShape[] => [
  {
    name: 'function-errors',
    says: 'A function keeps failing.',
    metric: sumOf(Object.values(functions).map((lambda) => lambda.metricErrors({ period: MINUTE }))),
    threshold: 0,
    minutes: [3, 5],
    silence: TreatMissingData.NOT_BREACHING,
  },
  {
    name: 'function-throttles',
    says: 'The account has no executions left for a function.',
    metric: sumOf(Object.values(functions).map((lambda) => lambda.metricThrottles({ period: MINUTE }))),
    threshold: 0,
    minutes: [3, 5],
    silence: TreatMissingData.NOT_BREACHING,
  },
]

/** A metric that a function publishes itself, through Powertools: its namespace, and `service` as its dimension. */
const ownMetric = (namespace: string, service: string, metricName: string, statistic: string): Metric =>
  new Metric({ namespace, metricName, statistic, period: MINUTE, dimensionsMap: { service } })

/** One figure of several. Metric math fills what is missing with 0, so that one that is silent hides no other. */
const overAll = (how: 'SUM' | 'MAX', metrics: readonly IMetric[]) =>
  new MathExpression({
    expression: `${how}([${metrics.map((_, at) => `FILL(m${at}, 0)`).join(', ')}])`,
    usingMetrics: Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric])),
    period: MINUTE,
  })

const sumOf = (metrics: readonly IMetric[]) => overAll('SUM', metrics)
const maxOf = (metrics: readonly IMetric[]) => overAll('MAX', metrics)
