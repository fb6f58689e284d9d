import { type CloudWatchClient, type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch'
import type { OwnCount } from '../core/ledger/own-usage.ts'
import { type EpochMs, type Minute, minuteOf } from '../core/time/instants.ts'

/** What CloudWatch counts of the deployment's own functions and tables. */
export interface OwnMetrics {
  /**
   * The counts of each minute in [from, to), those without any left out. CloudWatch has them some minutes late.
   * @throws what the SDK throws when CloudWatch is out of reach
   */
  readCounts(from: EpochMs, to: EpochMs): Promise<readonly OwnCount[]>
}

/** A function or a table, by its name. */
interface Counted {
  readonly of: OwnCount['of']
  readonly name: string
}

const NAMESPACE = { function: 'AWS/Lambda', table: 'AWS/DynamoDB' } as const
const DIMENSION = { function: 'FunctionName', table: 'TableName' } as const
/** The two metrics that are asked for of each. */
const METRICS = {
  function: ['Invocations', 'Duration'],
  table: ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits'],
} as const

/** Connects CloudWatch for these functions and tables, by their names. GetMetricData is billed by the metric asked for. */
export function connectOwnMetrics(
  client: CloudWatchClient,
  functions: readonly string[],
  tables: readonly string[],
): OwnMetrics {
  const counted: readonly Counted[] = [
    ...functions.map((name) => ({ of: 'function', name }) as const),
    ...tables.map((name) => ({ of: 'table', name }) as const),
  ]
  return {
    async readCounts(from, to) {
      const values = new Map<string, number>()
      const minutes = new Set<Minute>()
      const request = {
        StartTime: new Date(from),
        EndTime: new Date(to),
        MetricDataQueries: counted.flatMap(queriesOf),
      }
      for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, request)) {
        for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults) {
          for (const [at, timestamp] of Timestamps.entries()) {
            const minute = minuteOf(timestamp.getTime() as EpochMs)
            minutes.add(minute)
            values.set(`${Id} ${minute}`, Values[at] ?? 0)
          }
        }
      }
      return [...minutes]
        .sort((a, b) => a - b)
        .flatMap((minute) =>
          counted.flatMap((one, at) => {
            const told = [0, 1].map((metric) => values.get(`${idOf(at, metric)} ${minute}`) ?? 0)
            return countOf(one, minute, told[0] ?? 0, told[1] ?? 0)
          }),
        )
    },
  }
}

const idOf = (at: number, metric: number): string => `m${at}_${metric}`

const queriesOf = ({ of, name }: Counted, at: number): readonly MetricDataQuery[] =>
  METRICS[of].map((MetricName, metric) => ({
    Id: idOf(at, metric),
    MetricStat: {
      Metric: { Namespace: NAMESPACE[of], MetricName, Dimensions: [{ Name: DIMENSION[of], Value: name }] },
      Period: 60,
      Stat: 'Sum',
    },
  }))

/** Nothing where both metrics of the minute are 0. */
function countOf({ of, name }: Counted, minute: Minute, first: number, second: number): readonly OwnCount[] {
  if (first === 0 && second === 0) return []
  return of === 'function'
    ? [{ of, name, minute, invocations: Math.round(first), durationMs: second }]
    : [{ of, name, minute, readUnits: first, writeUnits: second }]
}
