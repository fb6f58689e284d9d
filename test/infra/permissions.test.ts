import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sources } from '../house/sources.ts'
import { OWN_CLUSTER, resourcesOf, synthesize } from './synthesized.ts'

const { code } = synthesize()
const own = synthesize({ topic: { clusterArn: OWN_CLUSTER } }).code

interface Statement {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

/** What a function's role allows; a resource of the data stack is named by its logical id's words. */
function statementsOf(name: string, template = code): Statement[] {
  const prefix = name.replaceAll('-', '')
  const [policy, ...others] = Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith(`${prefix}role`),
  )
  expect(others).toEqual([])
  return policy?.[1].Properties.PolicyDocument.Statement.map((statement: Record<string, string | string[]>) => ({
    actions: list(statement.Action ?? []),
    resources: list(statement.Resource ?? []).map((resource) =>
      typeof resource === 'string' ? resource : JSON.stringify(resource),
    ),
  }))
}

/** `Ledger: GetItem Query` and the like: what of DynamoDB's tables a function may call. */
function tableCalls(name: string): Record<string, string[]> {
  const calls: Record<string, Set<string>> = {}
  for (const { actions, resources } of statementsOf(name)) {
    for (const resource of resources) {
      const table = /Tables(Prices|Ledger|Budgets|Flags)[0-9A-F]+Arn/.exec(resource)?.[1]
      if (!table) continue
      for (const action of actions) {
        calls[table] ??= new Set()
        calls[table].add(action)
      }
    }
  }
  return Object.fromEntries(Object.entries(calls).map(([table, actions]) => [table, [...actions].sort()]))
}

/** Calls of DynamoDB that change something; all others read. */
const WRITES = ['BatchWriteItem', 'DeleteItem', 'PutItem', 'TransactWriteItems', 'UpdateItem']

/** What the picture shows: who reads and who writes which table. */
const PICTURE: Readonly<Record<string, Readonly<Record<string, 'reads' | 'writes' | 'reads and writes'>>>> = {
  'refresh-prices': { Prices: 'reads and writes' },
  'attribute-spans': { Prices: 'reads', Ledger: 'reads and writes', Budgets: 'reads and writes' },
  'close-windows': { Prices: 'reads', Ledger: 'reads', Budgets: 'reads and writes' },
  'settle-parked': { Prices: 'reads', Ledger: 'reads and writes' },
  'roll-up-days': { Ledger: 'reads and writes', Budgets: 'reads' },
  'publish-throttle': { Flags: 'reads and writes' },
  'publish-alert': { Ledger: 'reads', Budgets: 'reads', Flags: 'reads and writes' },
  'change-budget': { Budgets: 'reads and writes' },
  'throttle-gate': { Flags: 'reads' },
  'explore-costs': { Ledger: 'reads', Budgets: 'reads', Flags: 'reads', Prices: 'reads' },
  'create-topic': {},
  'meter-itself': { Prices: 'reads', Ledger: 'reads and writes', Budgets: 'reads and writes' },
}

const inPicture = (actions: readonly string[]): string => {
  const writes = actions.filter((action) => WRITES.includes(action.replace('dynamodb:', '')))
  if (writes.length === 0) return 'reads'
  return writes.length === actions.length ? 'writes' : 'reads and writes'
}

const TABLES = ['Prices', 'Ledger', 'Budgets', 'Flags']

/** The calls that a table's adapters (`flags-table.ts`, `flags-reader.ts` ...) make: the SDK's commands and paginators. */
const callsOfAdapters = (table: string): string[] => {
  const text = sources(['layers/adapters'], '.ts')
    .filter(({ path }) => path.startsWith(`layers/adapters/${table.toLowerCase()}-`))
    .map((source) => source.code)
    .join('\n')
  const calls = [...text.matchAll(/\b(?:(\w+)Command|paginate(\w+))\(/g)].map(([, command, pages]) => command ?? pages)
  return [...new Set(calls)].map((call) => `dynamodb:${call}`).sort()
}

/** Every action that may be granted on `*`, and why it cannot be granted on less. */
const ON_ANYTHING: Readonly<Record<string, string>> = {
  'cloudwatch:GetMetricData': 'metrics are no resources',
  'pricing:GetProducts': 'the Price List has no resources',
  'xray:PutTraceSegments': 'X-Ray has no resources for segments',
  'xray:PutTelemetryRecords': 'X-Ray has no resources for telemetry',
  'dynamodb:ListStreams': 'listing names no stream; it tells names, not records',
}

const NAMES = Object.keys(PICTURE)

describe('permissions', () => {
  it.each(NAMES)('%s reads and writes the tables that the picture shows, no others', (name) => {
    const calls = Object.entries(tableCalls(name)).map(([table, actions]) => [table, inPicture(actions)])
    expect(Object.fromEntries(calls)).toEqual(PICTURE[name])
  })

  it.each(TABLES)('of %s, functions may call what its adapters call, no less and no more', (table) => {
    const granted = NAMES.flatMap((name) => tableCalls(name)[table] ?? [])
    expect([...new Set(granted)].sort()).toEqual(callsOfAdapters(table))
  })

  it.each(NAMES)('%s has a variable for each table that it may call, and for no other', (name) => {
    const lambda = Object.values(resourcesOf(code, 'AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.FunctionName === `tollgate-${name}`,
    )
    const variables = Object.keys(lambda?.Properties.Environment.Variables).filter((key) => key.endsWith('_TABLE'))
    const tables = Object.keys(PICTURE[name] ?? {}).map((table) => `${table.toUpperCase()}_TABLE`)
    expect(variables.sort()).toEqual(tables.sort())
  })

  it('gives variables only by names that functions read', () => {
    const reader = readFileSync(new URL('../../layers/adapters/environment.ts', import.meta.url), 'utf8')
    const readable = [...reader.matchAll(/\| '([A-Z_]+)'/g)].map(([, name]) => name)
    const given = Object.values(resourcesOf(code, 'AWS::Lambda::Function'))
      .flatMap(({ Properties }) => Object.keys(Properties.Environment?.Variables ?? {}))
      .filter((name) => /_(TABLE|ARN|BUCKET)$/.test(name))
    expect([...new Set(given)].sort()).toEqual(readable.sort())
  })

  it('gives no function a secret: names of places, and what Node and Powertools read', () => {
    const known = [
      'NODE_OPTIONS',
      'POWERTOOLS_SERVICE_NAME',
      'POWERTOOLS_METRICS_NAMESPACE',
      'TOLLGATE_CONFIGURATION_FILE',
    ]
    const given = Object.values(resourcesOf(code, 'AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.FunctionName !== undefined)
      .flatMap(({ Properties }) => Object.keys(Properties.Environment.Variables))
    const others = given.filter((name) => !known.includes(name) && !/_(TABLE|ARN|BUCKET)$/.test(name))
    expect(others).toEqual(['TOLLGATE_OWN_RESOURCES'])
  })

  it('puts nothing on every resource but what names none', () => {
    const found = NAMES.flatMap((name) => statementsOf(name))
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ actions }) => actions)
    expect([...new Set(found)].sort()).toEqual(Object.keys(ON_ANYTHING).sort())
  })

  it('has no wildcard inside a resource but the keys of dead letters', () => {
    const found = NAMES.flatMap((name) => statementsOf(name))
      .filter(({ resources }) => resources.some((resource) => resource !== '*' && resource.includes('*')))
      .map(({ actions, resources }) => [actions, resources])
    expect(found).toEqual([[['s3:PutObject'], [expect.stringMatching(/DeadLetters.*\/dead-letters\/\*/)]]])
  })

  it('has no wildcard in an action, and nothing that deletes, scans or grants', () => {
    const actions = NAMES.flatMap((name) => statementsOf(name)).flatMap((statement) => statement.actions)
    expect(actions.filter((action) => /\*|Delete|Scan|iam:|sts:|WriteData/.test(action))).toEqual([])
  })

  it('lets attribute-spans alone read Kafka, and create-topic alone make its topic: its cluster, its topic, its group', () => {
    const kafka = NAMES.flatMap((name) =>
      statementsOf(name, own)
        .filter(({ actions }) => actions.some((action) => action.startsWith('kafka-cluster:')))
        .map(({ actions, resources }) => ({
          name,
          actions: actions.filter((action) => action.startsWith('kafka-cluster:')),
          resources,
        })),
    )
    const inCluster = (kind: string, of: string) => `${OWN_CLUSTER.replace(':cluster/', `:${kind}/`)}/${of}`
    expect(kafka).toEqual([
      {
        name: 'attribute-spans',
        actions: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
        resources: [OWN_CLUSTER],
      },
      {
        name: 'attribute-spans',
        actions: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
        resources: [inCluster('topic', 'otel-cost-spans')],
      },
      {
        name: 'attribute-spans',
        actions: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
        resources: [inCluster('group', 'tollgate-attribute-spans')],
      },
      { name: 'create-topic', actions: ['kafka-cluster:Connect'], resources: [OWN_CLUSTER] },
      {
        name: 'create-topic',
        actions: ['CreateTopic', 'DescribeTopic', 'DescribeTopicDynamicConfiguration'].map(
          (it) => `kafka-cluster:${it}`,
        ),
        resources: [inCluster('topic', 'otel-cost-spans')],
      },
    ])
  })

  it('lets settle-parked alone list parked rows, by their index', () => {
    const listing = NAMES.flatMap((name) =>
      statementsOf(name).flatMap(({ actions, resources }) =>
        resources.some((resource) => resource.includes('/index/')) ? [{ name, actions, resources }] : [],
      ),
    )
    expect(listing).toEqual([
      {
        name: 'settle-parked',
        actions: ['dynamodb:Query'],
        resources: [expect.stringMatching(/Ledger[0-9A-F]+Arn.*\/index\/parked"/)],
      },
    ])
  })

  it('lets publish-alert alone publish', () => {
    const publishers = NAMES.filter((name) =>
      statementsOf(name).some(({ actions }) => actions.some((action) => action.startsWith('sns:'))),
    )
    expect(publishers).toEqual(['publish-alert'])
  })

  it('uses one managed policy, that of the MSK event source', () => {
    const managed = Object.values(resourcesOf(code, 'AWS::IAM::Role'))
      .filter(({ Properties }) => !JSON.stringify(Properties).includes('AWSLambdaBasicExecutionRole')) // CDK's own trigger
      .flatMap(({ Properties }) => Properties.ManagedPolicyArns ?? [])
    expect(managed).toHaveLength(1)
    expect(JSON.stringify(managed)).toContain('AWSLambdaMSKExecutionRole')
  })
})
