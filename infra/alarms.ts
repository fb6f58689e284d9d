import { Duration } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import type { Configuration } from '../layers/core/configuration.ts'
import type { FunctionName } from './function.ts'
import { MINUTE, maxOf, ownMetric, percentOf, sumOf } from './metrics.ts'

export interface AlarmsProps {
  readonly configuration: Pick<Configuration, 'name' | 'schedules' | 'blastRadius'>
  readonly to: ITopic
  readonly functions: Readonly<Record<FunctionName, Lambda>>
  /** How full the disks of a cluster of the deploy's own are, percent. */
  readonly disksUsed: readonly IMetric[]
}

/** An alarm and what it watches, for the dashboard. */
export interface NamedAlarm {
  readonly name: string
  readonly alarm: Alarm
  readonly metric: IMetric
}

interface AlarmShape {
  /** The alarm's name behind the deployment's, and the heading of its section in docs/operations.md. */
  readonly name: string
  readonly says: string
  readonly metric: IMetric
  /** Rings above it; `below: true`, below it. */
  readonly threshold: number
  readonly below?: true
  /** Minutes out of minutes, or periods out of periods where the metric has longer ones. */
  readonly minutes: readonly [bad: number, of: number]
  /** What no data means: decided for each alarm. */
  readonly silence: TreatMissingData
}

/** Who closes windows: the traffic, and where it is silent the tick. */
const CLOSERS = ['attribute-spans', 'close-windows'] as const
/** Spans a minute below which a share of them says nothing. */
const SPANS_FOR_A_SHARE = 100

/** The alarms, each with a section of its name in docs/operations.md. They are published to the alerts topic. */
export function alarms(scope: Construct, props: AlarmsProps): readonly NamedAlarm[] {
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
    return { name: shape.name, alarm, metric: shape.metric }
  })
}

const alarmShapes = (props: AlarmsProps): AlarmShape[] => [
  ...lags(props),
  ...disks(props),
  ...data(props),
  ...spending(props),
  ...functions(props),
]

/** What comes late. */
const lags = ({ functions }: AlarmsProps): AlarmShape[] => [
  {
    name: 'span-lag',
    says: 'Export requests wait in the span topic: costs and throttles come late.',
    metric: functions['attribute-spans'].metric('OffsetLag', { statistic: 'Maximum', period: MINUTE }),
    threshold: 10_000, // one full batch
    minutes: [5, 5],
    silence: TreatMissingData.NOT_BREACHING, // an empty topic reports nothing
  },
  {
    name: 'budget-stream-lag',
    says: 'Judged budgets wait in the stream for more than a minute: throttles or alerts come late.',
    metric: maxOf(
      [functions['publish-throttle'], functions['publish-alert']].map((lambda) =>
        lambda.metric('IteratorAge', { statistic: 'Maximum', period: MINUTE }),
      ),
    ),
    threshold: MINUTE.toMilliseconds(),
    minutes: [3, 3],
    silence: TreatMissingData.NOT_BREACHING, // nothing judged, nothing waits
  },
]

/** Brokers of somebody's own are watched by their owner. */
const disks = ({ disksUsed }: AlarmsProps): AlarmShape[] =>
  disksUsed.length === 0
    ? []
    : [
        {
          name: 'broker-disk',
          says: "A broker's disk is filling: once it is full, the topic takes no more spans.",
          metric: maxOf(disksUsed),
          threshold: 85, // MSK developer guide, best practices: monitor disk space
          minutes: [5, 5],
          silence: TreatMissingData.NOT_BREACHING, // while brokers are made or patched
        },
      ]

/** What is missing or wrong in the data. */
const data = ({ configuration: { name, schedules }, functions }: AlarmsProps): AlarmShape[] => [
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
    name: 'parked-share',
    says: 'More than one span in twenty waits for a price: costs come late, and budgets are judged on guesses.',
    metric: percentOf(
      ownMetric(name, 'attribute-spans', 'spans_parked', 'Sum'),
      ownMetric(name, 'attribute-spans', 'spans_received', 'Sum'),
      SPANS_FOR_A_SHARE,
    ),
    threshold: 5,
    minutes: [10, 15],
    silence: TreatMissingData.NOT_BREACHING, // no spans, nothing waits
  },
  {
    name: 'coverage-low',
    says: 'More than one span in five says too little to be priced: what it cost is missing from every figure.',
    metric: percentOf(
      ownMetric(name, 'attribute-spans', 'spans_unmetered', 'Sum'),
      ownMetric(name, 'attribute-spans', 'spans_received', 'Sum'),
      SPANS_FOR_A_SHARE,
    ),
    threshold: 20,
    minutes: [30, 30],
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
      (['attribute-spans', 'roll-up-days'] as const).map((service) =>
        ownMetric(name, service, 'identity_drift', 'Sum'),
      ),
    ),
    threshold: 0,
    minutes: [1, 5],
    silence: TreatMissingData.NOT_BREACHING, // no spans, no figures
  },
  {
    name: 'windows-incomplete',
    says: 'Windows close without all their spans: burns are lower bounds, and nothing is released.',
    metric: sumOf(CLOSERS.map((service) => ownMetric(name, service, 'windows_closed_incomplete', 'Sum'))),
    threshold: 0,
    minutes: [5, 10],
    silence: TreatMissingData.NOT_BREACHING,
  },
  {
    name: 'services-unjudged',
    says: 'Some services are not judged when a window closes: they are neither throttled nor released.',
    metric: sumOf([
      ...CLOSERS.map((service) => ownMetric(name, service, 'services_unjudged', 'Sum')),
      ...CLOSERS.map((service) => ownMetric(name, service, 'unreadable_states', 'Sum')),
    ]),
    threshold: 0,
    minutes: [5, 10], // a window that failed for one is tried again by the next pass
    silence: TreatMissingData.NOT_BREACHING, // windows-not-closing rings for that
  },
  {
    name: 'windows-not-closing',
    says: 'The tick has not run: no budget of an idle service is judged, no throttle of it released.',
    metric: functions['close-windows'].metricInvocations({ period: MINUTE }),
    threshold: 1,
    below: true,
    minutes: [5, 5],
    silence: TreatMissingData.BREACHING,
  },
]

/** What enforcement does at the moment, where it does much; and what Tollgate itself costs. */
const spending = ({ configuration: { name, blastRadius } }: AlarmsProps): AlarmShape[] => [
  {
    name: 'own-cost',
    says: 'Tollgate itself has used more than 80 % of its own budget.',
    metric: ownMetric(name, 'meter-itself', 'own_budget_used_percent', 'Maximum').with({ period: Duration.hours(1) }),
    threshold: 80,
    minutes: [1, 1], // of its hours: it is metered once in each
    silence: TreatMissingData.NOT_BREACHING, // no budget, or not judged yet
  },
  {
    name: 'throttled-services',
    says: 'More services are throttled at once than one cause explains.',
    metric: maxOf(CLOSERS.map((service) => ownMetric(name, service, 'services_throttled', 'Maximum'))),
    threshold: blastRadius.atLeast,
    minutes: [3, 5],
    silence: TreatMissingData.NOT_BREACHING, // windows-not-closing rings for that
  },
]

/** Functions whose caller waits: gates and people. All others work through what comes, and what fails is tried again. */
const ASKED: readonly FunctionName[] = ['change-budget', 'throttle-gate', 'explore-costs']
/** Called by a deploy alone, which fails where it does. */
const DEPLOYING: readonly FunctionName[] = ['create-topic']

/** What ails the functions themselves. One failure is retried; a function that keeps failing is not well. */
function functions({ functions }: AlarmsProps): AlarmShape[] {
  const asked = ASKED.map((name) => functions[name])
  const working = Object.values(functions).filter(
    (lambda) => ![...asked, ...DEPLOYING.map((name) => functions[name])].includes(lambda),
  )
  const keepsOn = { threshold: 0, minutes: [3, 5], silence: TreatMissingData.NOT_BREACHING } as const
  const errors = (lambdas: readonly Lambda[]) => lambdas.map((one) => one.metricErrors({ period: MINUTE }))
  const refusals = (lambdas: readonly Lambda[]) => lambdas.map((one) => one.metricThrottles({ period: MINUTE }))
  return [
    { name: 'function-errors', says: 'A function keeps failing.', metric: sumOf(errors(working)), ...keepsOn },
    {
      name: 'api-errors',
      says: 'The HTTP API keeps failing: gates go on with the flags they have, and people get no answers.',
      metric: sumOf([...errors(asked), ...refusals(asked)]),
      ...keepsOn,
    },
    {
      name: 'function-throttles',
      says: 'The account has no executions left for a function.',
      metric: sumOf(refusals(working)),
      ...keepsOn,
    },
  ]
}
