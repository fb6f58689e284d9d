import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sources } from '../house/sources.ts'
import { OWN_CLUSTER, resourcesOf, synthesize } from './synthesized.ts'

const { code, data } = synthesize()
const alarms = Object.values(resourcesOf(code, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties)
const names = alarms.map((alarm) => String(alarm.AlarmName).replace(/^tollgate-/, ''))

/** The sections of the runbook's chapter on alarms. */
const runbook = (): string[] => {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const chapter = text.split(/^## /m).find((part) => part.startsWith('Alarms\n')) ?? ''
  return [...chapter.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading ?? '')
}

interface AlarmMetric {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: readonly [{ readonly Name: string; readonly Value: string }]
}

/** What an alarm watches: one metric of its own, or those of its expression. */
const metricsOf = (alarm: { Metrics?: { MetricStat?: { Metric: AlarmMetric } }[] } & AlarmMetric): AlarmMetric[] =>
  alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [alarm]

/** Functions report in their own folder; attribute-spans closes windows too, and reports them as close-windows does. */
function publishes(service: string, metric: string): boolean {
  const folders = service === 'attribute-spans' ? ['attribute-spans', 'close-windows'] : [service]
  const said = sources(
    folders.map((folder) => `functions/${folder}`),
    '.ts',
  )
    .map(({ text }) => text)
    .join('\n')
  const failure = /^(.+)_failed$/.exec(metric)?.[1]?.replace('_', '-')
  return said.includes(`addMetric('${metric}'`) || (failure !== undefined && said.includes(`'${failure}'`))
}

describe('alarms', () => {
  it('have a runbook section each, by their own name, and the runbook has no other', () => {
    expect(runbook().sort()).toEqual([...names].sort())
  })

  it.each(alarms.map((alarm, at) => [names[at], alarm]))(
    '%s tells people, says so when over, and where to read on',
    (name, alarm) => {
      expect(alarm.AlarmActions).toHaveLength(1)
      expect(alarm.OKActions).toEqual(alarm.AlarmActions)
      expect(alarm.AlarmDescription).toContain(`docs/operations.md, "${name}"`)
      expect(['breaching', 'notBreaching']).toContain(alarm.TreatMissingData)
    },
  )

  it('watch metrics that the named function publishes', () => {
    const own = alarms.flatMap((alarm) => metricsOf(alarm)).filter(({ Namespace }) => Namespace === 'tollgate')
    expect(own.length).toBeGreaterThan(10)
    const unheardOf = own.filter(({ MetricName, Dimensions }) => !publishes(Dimensions[0].Value, MetricName))
    expect(unheardOf).toEqual([])
  })

  it('take no more metrics into one figure than CloudWatch allows', () => {
    for (const alarm of alarms) expect(metricsOf(alarm).length).toBeLessThanOrEqual(10)
  })

  it('watch the disk of each broker that the deploy makes', () => {
    const alarm = alarms[names.indexOf('broker-disk')]
    expect(alarm).toMatchObject({ Threshold: 85, ComparisonOperator: 'GreaterThanThreshold' })
    const watched = metricsOf(alarm)
    expect(watched.map(({ Namespace, MetricName, Dimensions }) => [Namespace, MetricName, Dimensions])).toEqual(
      ['1', '2', '3'].map((broker) => [
        'AWS/Kafka',
        'KafkaDataLogsDiskUsed',
        [
          { Name: 'Broker ID', Value: broker },
          { Name: 'Cluster Name', Value: 'tollgate-spans' },
        ],
      ]),
    )
    const [cluster] = Object.values(resourcesOf(data, 'AWS::MSK::Cluster'))
    expect(cluster?.Properties).toMatchObject({ ClusterName: 'tollgate-spans', NumberOfBrokerNodes: 3 })
  })

  it.each([
    ['somebody else made', { clusterArn: OWN_CLUSTER }],
    ['are express', { newCluster: { brokerType: 'express.m7g.large' } }],
  ])('watch no disks of brokers that %s', (_, topic) => {
    expect(JSON.stringify(synthesize({ topic }).code)).not.toContain('KafkaDataLogsDiskUsed')
  })

  it('take silence for trouble only where something reports every minute', () => {
    const silent = alarms.filter((alarm) => alarm.TreatMissingData === 'breaching').map((alarm) => alarm.AlarmName)
    expect(silent.sort()).toEqual(['tollgate-price-book-stale', 'tollgate-windows-not-closing'])
  })
})

describe('the dashboard', () => {
  const [dashboard] = Object.values(resourcesOf(code, 'AWS::CloudWatch::Dashboard'))
  const body = JSON.stringify(dashboard?.Properties.DashboardBody)

  it('shows every alarm by its name, and the line above which it rings', () => {
    for (const name of names) expect(body).toContain(`\\"title\\":\\"${name}\\"`)
    expect(body.match(/\\"horizontal\\"/g)).toHaveLength(names.length)
  })

  it('has the name of the deployment', () => {
    expect(dashboard?.Properties.DashboardName).toBe('tollgate')
  })
})
