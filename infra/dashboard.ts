import { AlarmStatusWidget, Dashboard, GraphWidget, type IWidget } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { NamedAlarm } from './alarms.ts'
import { ownMetric } from './metrics.ts'

/** Columns of a dashboard. */
const WIDTH = 24
const PER_ROW = 3

/**
 * One page of how Tollgate is: which alarms ring, what flows through, and for each alarm what it watches, with its line. It
 * has the deployment's name.
 */
export function dashboard(scope: Construct, name: string, alarms: readonly NamedAlarm[]): void {
  const page = new Dashboard(scope, 'Dashboard', { dashboardName: name })
  page.addWidgets(
    new AlarmStatusWidget({
      title: 'Alarms: docs/operations.md says what to do',
      width: WIDTH,
      alarms: alarms.map(({ alarm }) => alarm),
    }),
  )
  page.addWidgets(throughput(name))
  const graphs = alarms.map(watched)
  for (let at = 0; at < graphs.length; at += PER_ROW) page.addWidgets(...graphs.slice(at, at + PER_ROW))
}

/** Every span received is one of the others, or inside another, or without a meter. */
const throughput = (name: string): IWidget =>
  new GraphWidget({
    title: 'Spans a minute',
    width: WIDTH,
    left: ['received', 'booked', 'parked', 'unmetered'].map((what) =>
      ownMetric(name, 'attribute-spans', `spans_${what}`, 'Sum'),
    ),
  })

const watched = ({ name, alarm, metric }: NamedAlarm): IWidget =>
  new GraphWidget({ title: name, width: WIDTH / PER_ROW, left: [metric], leftAnnotations: [alarm.toAnnotation()] })
