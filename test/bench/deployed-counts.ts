import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { type Resource, resourcesOf, synthesize } from '../infra/synthesized.ts'

/** What a deployment as cdk.json configures it consists of, as far as it is billed by the piece. */
export interface DeployedCounts {
  /** Metrics that alarms watch; an alarm on an expression is billed for each metric in it. */
  readonly alarmMetrics: number
  readonly dashboards: number
  /** Names that the functions publish, each under its function: all, also those of failures alone. */
  readonly customMetrics: number
  /** Metrics that meter-itself asks CloudWatch for in each hour. */
  readonly metricsRead: number
  /** Pairs of a function and a table that it may use: each has the table's key decrypted for itself. */
  readonly tableGrants: number
  readonly callsAMinute: number
  readonly callsAnHour: number
  /** MB by the function's name. */
  readonly memoryMb: Readonly<Record<string, number>>
  /** What the brokers are given, all together. */
  readonly storageGb: number
  /** An access-log line of the HTTP API. */
  readonly accessLogFormat: string
}

/** Counts what the stacks hold. */
export function deployedCounts(): DeployedCounts {
  const { data, code } = synthesize()
  const all = (type: string): readonly Resource[] => Object.values(resourcesOf(code, type))
  const functions = all('AWS::Lambda::Function').map(({ Properties }) => Properties)
  const rules = all('AWS::Events::Rule').map(({ Properties }) => String(Properties.ScheduleExpression))
  const own = functions
    .map((one) => one.Environment?.Variables?.TOLLGATE_OWN_RESOURCES)
    .find((one) => one !== undefined)
  const { functions: metered, tables } = JSON.parse(own)
  const brokers = Object.values(resourcesOf(data, 'AWS::MSK::Cluster'))[0]?.Properties
  return {
    alarmMetrics: all('AWS::CloudWatch::Alarm').reduce((sum, { Properties }) => sum + metricsOf(Properties), 0),
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    customMetrics: publishedMetrics(),
    metricsRead: 2 * (metered.length + tables.length), // layers/adapters/own-metrics.ts: two of each
    tableGrants: all('AWS::IAM::Policy').reduce((sum, { Properties }) => sum + tablesIn(Properties), 0),
    callsAMinute: rules.filter((rule) => rule === 'rate(1 minute)').length,
    callsAnHour: rules.filter((rule) => rule === 'rate(1 hour)').length,
    memoryMb: Object.fromEntries(
      functions
        .filter(({ FunctionName }) => FunctionName !== undefined)
        .map(({ FunctionName, MemorySize }) => [String(FunctionName).replace('tollgate-', ''), MemorySize]),
    ),
    storageGb: brokers.BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize * brokers.NumberOfBrokerNodes,
    accessLogFormat: all('AWS::ApiGatewayV2::Stage')[0]?.Properties.AccessLogSettings.Format,
  }
}

const metricsOf = ({ Metrics }: { readonly Metrics?: readonly { readonly MetricStat?: unknown }[] }): number =>
  Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length

/** Tables that the statements of a policy are about, their indexes aside. */
function tablesIn(policy: Resource['Properties']): number {
  const statements: readonly { Action: string | string[]; Resource: unknown }[] = policy.PolicyDocument.Statement
  const named = statements
    .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:') && !isOfStreams(action)))
    .flatMap(({ Resource }) => [Resource].flat())
    .map((resource) => JSON.stringify(resource))
    .filter((resource) => !resource.includes('/index/'))
  return new Set(named).size
}

const isOfStreams = (action: string): boolean => /Stream|Shard|Records/.test(action)

const fromRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** The names that stand in `addMetric` in what each handler is bundled from. */
function publishedMetrics(): number {
  const handlers = readdirSync(fromRepository('functions'), { recursive: true, encoding: 'utf8' })
  return handlers
    .filter((file) => file.endsWith('/handler.ts'))
    .reduce((sum, file) => sum + metricsPublishedBy(fromRepository(`functions/${file}`)), 0)
}

function metricsPublishedBy(handler: string): number {
  const { outputFiles } = buildSync({
    entryPoints: [handler],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  const code = outputFiles[0]?.text ?? ''
  return new Set([...code.matchAll(/addMetric\(\s*(["'`][^"'`]+["'`])/g)].map(([, name]) => name)).size
}
