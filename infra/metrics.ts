import { Duration } from 'aws-cdk-lib'
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { FunctionName } from './function.ts'

export const MINUTE = Duration.minutes(1)

/** An alarm takes at most so many metrics into an expression (CloudWatch user guide, metric math). */
const METRICS_MAX = 10

/** A metric that a function publishes itself, through Powertools: its namespace, and `service` as its dimension. */
export const ownMetric = (namespace: string, service: FunctionName, metricName: string, statistic: string): Metric =>
  new Metric({ namespace, metricName, statistic, period: MINUTE, dimensionsMap: { service } })

/** One figure of several. Metric math fills what is missing with 0, so that one that is silent hides no other. */
function overAll(how: 'SUM' | 'MAX', metrics: readonly IMetric[]): MathExpression {
  if (metrics.length > METRICS_MAX) throw new Error(`an alarm on ${metrics.length} metrics: ${METRICS_MAX} are allowed`)
  return new MathExpression({
    expression: `${how}([${metrics.map((_, at) => `FILL(m${at}, 0)`).join(', ')}])`,
    usingMetrics: Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric])),
    period: MINUTE,
  })
}

export const sumOf = (metrics: readonly IMetric[]): MathExpression => overAll('SUM', metrics)
export const maxOf = (metrics: readonly IMetric[]): MathExpression => overAll('MAX', metrics)

/** Percent that `part` is of `all`; 0 in minutes with less than `atLeast` in all, of which a share says nothing. */
export const percentOf = (part: IMetric, all: IMetric, atLeast: number): MathExpression =>
  new MathExpression({
    expression: `IF(FILL(all, 0) >= ${atLeast}, 100 * FILL(part, 0) / all, 0)`,
    usingMetrics: { part, all },
    period: MINUTE,
  })
