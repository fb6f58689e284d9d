import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { type LoopbackServer, listenOnLoopback, readBody, send } from '../../../local/http.ts'

/** Sums by minute, `AWS/Lambda Invocations tollgate-a` and the like; a test writes into it. */
type Sums = Map<string, ReadonlyMap<number, number>>

export interface FakeCloudWatch extends LoopbackServer {
  readonly sums: Sums
  readonly client: CloudWatchClient
}

interface GetMetricData {
  readonly StartTime: number
  readonly EndTime: number
  readonly MetricDataQueries: readonly {
    readonly Id: string
    readonly MetricStat: {
      readonly Metric: {
        readonly Namespace: string
        readonly MetricName: string
        readonly Dimensions: [{ Value: string }]
      }
      readonly Period: number
      readonly Stat: string
    }
  }[]
}

/** CloudWatch's GetMetricData on loopback, for the SDK's own client (awsJson1.0); epoch seconds on the wire. */
export async function startFakeCloudWatch(): Promise<FakeCloudWatch> {
  const sums: Sums = new Map()
  const server = await listenOnLoopback(async (request, response) => {
    const asked: GetMetricData = JSON.parse(String(await readBody(request, 1_000_000)))
    const MetricDataResults = asked.MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => {
      if (Period !== 60 || Stat !== 'Sum') throw new Error('only sums of minutes are told')
      const of = sums.get(`${Metric.Namespace} ${Metric.MetricName} ${Metric.Dimensions[0].Value}`) ?? new Map()
      const told = [...of].filter(([minute]) => minute * 60 >= asked.StartTime && minute * 60 < asked.EndTime)
      return {
        Id,
        Timestamps: told.map(([minute]) => minute * 60),
        Values: told.map(([, sum]) => sum),
        StatusCode: 'Complete',
      }
    })
    send(response, 200, { 'content-type': 'application/x-amz-json-1.0' }, JSON.stringify({ MetricDataResults }))
  })
  const client = new CloudWatchClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
  return { ...server, sums, client }
}
