import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
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

const READS = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']
const WRITES = ['dynamodb:BatchWriteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem']
const BOTH = [...READS, ...WRITES].sort()

const TABLE_CALLS: Readonly<Record<string, Record<string, string[]>>> = {
  'refresh-prices': { Prices: BOTH },
  'attribute-spans': { Prices: READS, Ledger: BOTH, Budgets: BOTH },
  'close-windows': { Prices: READS, Ledger: READS, Budgets: BOTH },
  'publish-throttle': { Flags: WRITES },
  'publish-alert': { Ledger: READS, Flags: WRITES },
  'throttle-gate': { Flags: READS },
  'explore-costs': { Prices: READS, Ledger: READS, Budgets: READS, Flags: READS },
}

/** Every action that may be granted on `*`, and why it cannot be granted on less. */
const ON_ANYTHING: Readonly<Record<string, string>> = {
  'pricing:GetProducts': 'the Price List has no resources',
  'xray:PutTraceSegments': 'X-Ray has no resources for segments',
  'xray:PutTelemetryRecords': 'X-Ray has no resources for telemetry',
  'dynamodb:ListStreams': 'listing names no stream; it tells names, not records',
}

const NAMES = Object.keys(TABLE_CALLS)

describe('permissions', () => {
  it.each(NAMES)('%s may call of the tables what the picture shows, no more', (name) => {
    expect(tableCalls(name)).toEqual(TABLE_CALLS[name])
  })

  it.each(NAMES)('%s has a variable for each table that it may call, and for no other', (name) => {
    const lambda = Object.values(resourcesOf(code, 'AWS::Lambda::Function')).find(
      ({ Properties }) => Properties.FunctionName === `tollgate-${name}`,
    )
    const variables = Object.keys(lambda?.Properties.Environment.Variables).filter((key) => key.endsWith('_TABLE'))
    const tables = Object.keys(TABLE_CALLS[name] ?? {}).map((table) => `${table.toUpperCase()}_TABLE`)
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
    expect(actions.filter((action) => /\*|Delete|Scan|iam:|sts:|WriteData|CreateTopic/.test(action))).toEqual([])
  })

  it('lets attribute-spans alone touch Kafka: its cluster, its topic, its group', () => {
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
      { name: 'attribute-spans', actions: ['kafka-cluster:Connect'], resources: [OWN_CLUSTER] },
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
