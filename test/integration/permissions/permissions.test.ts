import { PricingClient } from '@aws-sdk/client-pricing'
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createTopic } from '../../../functions/create-topic/create-topic.ts'
import { meterItself } from '../../../functions/meter-itself/meter-itself.ts'
import { createBookReader } from '../../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { connectOwnMetrics } from '../../../layers/adapters/own-metrics.ts'
import { connectPriceList } from '../../../layers/adapters/price-list.ts'
import { connectPrices } from '../../../layers/adapters/prices-table.ts'
import { connectSpanTopics } from '../../../layers/adapters/span-topic.ts'
import { type EpochMs, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { startPriceListServer } from '../../functions/refresh-prices/price-list-server.ts'
import { ACCOUNT, REGION, rolePolicyOf } from '../../infra/role-policies.ts'
import { OWN_CLUSTER, synthesize } from '../../infra/synthesized.ts'
import { startFakeCloudWatch } from '../../layers/adapters/fake-cloudwatch.ts'
import { startFakeMsk } from '../../layers/adapters/fake-msk.ts'
import { openStandIn } from '../../local/dynamodb/stand-in.ts'
import { DEPLOYED_FUNCTIONS } from './deployed-functions.ts'
import { liveSomeMinutes } from './lived-minutes.ts'
import { MSK_EXECUTION_ROLE, platformCallsOf } from './platform-calls.ts'
import { recordedCalls, runAs, watchSdk } from './recorded-calls.ts'

const recorder = vi.hoisted(() => () => import('./recorded-calls.ts'))

vi.mock('../../../functions/attribute-spans/attribute-spans.ts', async (load) => {
  const real = await load<typeof import('../../../functions/attribute-spans/attribute-spans.ts')>()
  return { ...real, attributeSpans: (await recorder()).recordedAs('attribute-spans', real.attributeSpans) }
})
vi.mock('../../../functions/close-windows/close-windows.ts', async (load) => {
  const real = await load<typeof import('../../../functions/close-windows/close-windows.ts')>()
  return { ...real, closeWindows: (await recorder()).recordedAs('close-windows', real.closeWindows) }
})
vi.mock('../../../functions/refresh-prices/refresh-prices.ts', async (load) => {
  const real = await load<typeof import('../../../functions/refresh-prices/refresh-prices.ts')>()
  return { ...real, refreshPrices: (await recorder()).recordedAs('refresh-prices', real.refreshPrices) }
})
vi.mock('../../../functions/settle-parked/settle-parked.ts', async (load) => {
  const real = await load<typeof import('../../../functions/settle-parked/settle-parked.ts')>()
  return { ...real, settleParked: (await recorder()).recordedAs('settle-parked', real.settleParked) }
})
vi.mock('../../../functions/roll-up-days/roll-up-days.ts', async (load) => {
  const real = await load<typeof import('../../../functions/roll-up-days/roll-up-days.ts')>()
  return { ...real, rollUpDays: (await recorder()).recordedAs('roll-up-days', real.rollUpDays) }
})
vi.mock('../../../functions/publish-throttle/publish-throttle.ts', async (load) => {
  const real = await load<typeof import('../../../functions/publish-throttle/publish-throttle.ts')>()
  return { ...real, publishThrottle: (await recorder()).recordedAs('publish-throttle', real.publishThrottle) }
})
vi.mock('../../../functions/publish-alert/publish-alert.ts', async (load) => {
  const real = await load<typeof import('../../../functions/publish-alert/publish-alert.ts')>()
  return { ...real, publishAlert: (await recorder()).recordedAs('publish-alert', real.publishAlert) }
})
vi.mock('../../../functions/change-budget/change-budget.ts', async (load) => {
  const real = await load<typeof import('../../../functions/change-budget/change-budget.ts')>()
  return { ...real, changeBudget: (await recorder()).recordedAs('change-budget', real.changeBudget) }
})
vi.mock('../../../functions/throttle-gate/throttle-gate.ts', async (load) => {
  const real = await load<typeof import('../../../functions/throttle-gate/throttle-gate.ts')>()
  return { ...real, throttleGate: (await recorder()).recordedAs('throttle-gate', real.throttleGate) }
})
vi.mock('../../../functions/explore-costs/explore-costs.ts', async (load) => {
  const real = await load<typeof import('../../../functions/explore-costs/explore-costs.ts')>()
  return { ...real, exploreCosts: (await recorder()).recordedAs('explore-costs', real.exploreCosts) }
})
// In AWS each function reads the book for itself; in the local system all share one that is in memory.
vi.mock('../../../layers/adapters/book-reader.ts', async (load) => {
  const { runningFunction } = await recorder()
  const real = await load<typeof import('../../../layers/adapters/book-reader.ts')>()
  return {
    ...real,
    createBookReader(...ports: Parameters<typeof real.createBookReader>) {
      const readers = new Map<string, ReturnType<typeof real.createBookReader>>()
      return () => {
        const name = runningFunction() ?? ''
        const reader = readers.get(name) ?? real.createBookReader(...ports)
        readers.set(name, reader)
        return reader()
      }
    },
  }
})

const stacks = synthesize({ topic: { clusterArn: OWN_CLUSTER } })

/** Calls that a rare moment needs, which is not lived through here. */
const RARE: Readonly<Record<string, readonly string[]>> = {
  // A flag or a lease that expires between its reading and its writing.
  'publish-throttle': ['dynamodb:GetItem table/tollgate-flags'],
  'publish-alert': ['dynamodb:GetItem table/tollgate-flags'],
}

let items: ReadonlyMap<string, string>

beforeAll(async () => {
  watchSdk()
  items = await liveSomeMinutes()
  await makeTopic()
  await readOnePage()
  await meterAnHour()
})

async function makeTopic(): Promise<void> {
  const msk = await startFakeMsk()
  msk.clusters.set(OWN_CLUSTER, { type: 'PROVISIONED', state: 'ACTIVE', topics: new Map() })
  const topicsOf = () => connectSpanTopics(msk.client, OWN_CLUSTER)
  const make = createTopic({ topicsOf, now: () => 0 as EpochMs, pause: async () => {}, patienceMs: 1 })
  const wanted = { clusterArn: OWN_CLUSTER, name: 'otel-cost-spans', partitions: 12, copies: 3, exists: false }
  await runAs('create-topic', () => make(wanted))
  await msk.close()
}

/** Not part of the local system, where nobody bills anything. */
async function meterAnHour(): Promise<void> {
  const cloudWatch = await startFakeCloudWatch()
  const tables = await openStandIn()
  const at = Date.UTC(2026, 10, 24, 12, 20) as EpochMs
  cloudWatch.sums.set('AWS/Lambda Invocations tollgate-a', new Map([[minuteOf(at) - 60, 1]]))
  const meter = meterItself({
    now: () => at,
    own: {
      service: 'tollgate',
      commit: '0.1.0',
      region: 'us-east-1',
      functions: [{ name: 'tollgate-a', memoryMb: 1 }],
    },
    metrics: connectOwnMetrics(cloudWatch.client, ['tollgate-a'], []),
    readBook: createBookReader({
      prices: connectPrices(tables.client, LOCAL_TABLES.PRICES_TABLE),
      ownPrices: [],
      multipliers: [],
      now: () => at,
    }),
    bookRow: connectLedger(tables.client, LOCAL_TABLES.LEDGER_TABLE, 90).bookRow,
    budgets: connectBudgets(tables.client, LOCAL_TABLES.BUDGETS_TABLE),
  })
  await connectPrices(tables.client, LOCAL_TABLES.PRICES_TABLE).switchTo({ id: '1', fetchedAt: at, prices: [] })
  await runAs('meter-itself', () => meter({}))
  await tables.close()
  await cloudWatch.close()
}

/** The local system has the bundled prices; here the Price List is asked. */
async function readOnePage(): Promise<void> {
  const server = await startPriceListServer()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new PricingClient({ region: 'us-east-1', endpoint: server.endpoint, credentials })
  await runAs('refresh-prices', () => connectPriceList(client, ['us-east-1']).readEntries())
  await server.close()
}

/** The ARN of what a recorded call names, in the account of the simulation. */
function arnOf(action: string, resource: string): string {
  const [service] = action.split(':')
  if (service === 'dynamodb') return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:${resource}`
  if (service === 's3') return `arn:aws:s3:::tollgate-dead-letters/${resource}`
  if (service === 'sns') return `arn:aws:sns:${REGION}:${ACCOUNT}:${resource.split(':').at(-1)}`
  if (service === 'cloudwatch') return '*'
  if (resource === 'cluster') return OWN_CLUSTER
  return resource === '*' ? '*' : `${OWN_CLUSTER.replace(':cluster/', ':topic/')}/${resource.replace('topic/', '')}`
}

/** What IAM answers to a call by the function's role: the policy of the stack, and nothing of an organisation above it. */
async function isAllowed(name: string, action: string, resource: string): Promise<boolean> {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
  const simulation: Simulation = {
    request: {
      principal: `arn:aws:iam::${ACCOUNT}:role/tollgate-${name}`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: {},
    },
    identityPolicies: [rolePolicyOf(stacks, name), ...(name === 'attribute-spans' ? [MSK_EXECUTION_ROLE] : [])],
    serviceControlPolicies: [{ orgIdentifier: 'root', policies: [{ name: 'everything', policy: everything }] }],
    resourceControlPolicies: [],
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') throw new Error(`${name} ${action} ${resource}: ${JSON.stringify(result.errors)}`)
  return result.overallResult === 'Allowed'
}

/** Calls of a function that happen only where the topic can be read: in the local system. */
const isLocalOnly = (call: { function: string; action: string }): boolean =>
  call.function === 'explore-costs' && call.action.startsWith('s3:')

const callsOf = (name: string) => recordedCalls().filter((call) => call.function === name && !isLocalOnly(call))

const TABLES = ['ledger', 'prices', 'budgets', 'flags'].map((table) => `table/tollgate-${table}`)
const PARKED = 'table/tollgate-ledger/index/parked'
const TABLE_CALLS = [
  ...['GetItem', 'BatchGetItem', 'Query', 'Scan', 'ConditionCheckItem'],
  ...['PutItem', 'UpdateItem', 'BatchWriteItem', 'DeleteItem'],
  ...['DeleteTable', 'UpdateTable', 'UpdateTimeToLive', 'UpdateContinuousBackups', 'CreateBackup', 'PutResourcePolicy'],
]
const INDEX_CALLS = ['Query', 'Scan']

/** What would hurt, from a function that was taken over: none may do any of it. */
const DANGEROUS: readonly (readonly [what: string, action: string, resource: string])[] = [
  ['read a letter', 's3:GetObject', 'arn:aws:s3:::tollgate-dead-letters/dead-letters/a'],
  ['delete a letter', 's3:DeleteObject', 'arn:aws:s3:::tollgate-dead-letters/dead-letters/a'],
  ['write elsewhere in the bucket', 's3:PutObject', 'arn:aws:s3:::tollgate-dead-letters/other'],
  ['delete the bucket', 's3:DeleteBucket', 'arn:aws:s3:::tollgate-dead-letters'],
  ['read another table', 'dynamodb:GetItem', `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/payroll`],
  ['write another table', 'dynamodb:PutItem', `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/payroll`],
  ['write to the topic', 'kafka-cluster:WriteData', `${OWN_CLUSTER.replace(':cluster/', ':topic/')}/otel-cost-spans`],
  ['delete the topic', 'kafka:DeleteTopic', `${OWN_CLUSTER.replace(':cluster/', ':topic/')}/otel-cost-spans`],
  ['make another topic', 'kafka:CreateTopic', `${OWN_CLUSTER.replace(':cluster/', ':topic/')}/orders`],
  ['read another topic', 'kafka-cluster:ReadData', `${OWN_CLUSTER.replace(':cluster/', ':topic/')}/orders`],
  ['delete the cluster', 'kafka:DeleteCluster', OWN_CLUSTER],
  ['publish elsewhere', 'sns:Publish', `arn:aws:sns:${REGION}:${ACCOUNT}:orders`],
  ['subscribe somebody', 'sns:Subscribe', `arn:aws:sns:${REGION}:${ACCOUNT}:tollgate-alerts`],
  ['take on another role', 'sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
  ['give a role away', 'iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
  ['change a role', 'iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/admin`],
  ['call a function', 'lambda:InvokeFunction', `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tollgate-change-budget`],
  [
    'change a function',
    'lambda:UpdateFunctionCode',
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tollgate-close-windows`,
  ],
  ['read a secret', 'secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-AbCdEf`],
  ['decrypt', 'kms:Decrypt', `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`],
  ['delete logs', 'logs:DeleteLogGroup', `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:tollgate:*`],
]

describe('what the functions wrote', () => {
  it('has the version of its schema in every item of every table', () => {
    const kinds = new Set([...items.keys()].map((key) => JSON.parse(key).slice(0, 2).join(' ')))
    for (const kind of ['prices current', 'budgets state', 'budgets progress', 'budgets windows', 'flags alert']) {
      expect([...kinds]).toContain(`tollgate-${kind}`)
    }
    const without = [...items].filter(([, item]) => JSON.parse(item).v?.N !== '1').map(([key]) => key)
    expect(without).toEqual([])
  })
})

describe.each(DEPLOYED_FUNCTIONS)('the role of %s', (name) => {
  it('allows every call that the function was seen to make', async () => {
    const calls = callsOf(name)
    expect(calls.length).toBeGreaterThan(0)
    const answers = await Promise.all(
      calls.map(async ({ action, resource }) => [
        action,
        resource,
        await isAllowed(name, iamName(action), arnOf(action, resource)),
      ]),
    )
    expect(answers.filter(([, , allowed]) => !allowed)).toEqual([])
  })

  it('allows no other call on any table: what is allowed is what was seen', async () => {
    const seen = new Set([
      ...callsOf(name).map(({ action, resource }) => `${action} ${resource}`),
      ...(RARE[name] ?? []),
    ])
    const asked = [
      ...TABLES.flatMap((table) => TABLE_CALLS.map((call) => [`dynamodb:${call}`, table] as const)),
      ...INDEX_CALLS.map((call) => [`dynamodb:${call}`, PARKED] as const),
    ]
    const allowed: string[] = []
    for (const [action, table] of asked) {
      if (await isAllowed(name, action, arnOf(action, table))) allowed.push(`${action} ${table}`)
    }
    expect(allowed.sort()).toEqual([...seen].filter((call) => call.startsWith('dynamodb:')).sort())
  })

  it('allows what Lambda does in its name, and holds no grant beside that and the calls that were seen', async () => {
    const platform = platformCallsOf(name)
    const answers = await Promise.all(
      platform.map(async ({ action, resource }) => [action, await isAllowed(name, action, resource)]),
    )
    expect(answers.filter(([, allowed]) => !allowed)).toEqual([])
    const used = new Set<string>([
      ...platform.map(({ action }) => action),
      ...callsOf(name).map(({ action }) => iamName(action)),
      ...(RARE[name] ?? []).map((call) => call.replace(/ .*/, '')),
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ])
    const granted = rolePolicyOf(stacks, name).policy.Statement.flatMap(
      (one) => (one as { Action: string | string[] }).Action,
    )
    expect(granted.filter((action) => !used.has(action))).toEqual([])
  })

  it(`${name === 'publish-alert' ? 'alone allows' : 'denies'} to publish alerts`, async () => {
    const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:tollgate-alerts`
    expect(await isAllowed(name, 'sns:Publish', topic)).toBe(name === 'publish-alert')
  })

  it.each(DANGEROUS)('denies to %s', async (_, action, resource) => {
    expect(await isAllowed(name, action, resource)).toBe(false)
  })
})

/** SDK commands are named after actions, but for these. */
const iamName = (action: string): string => (action === 's3:ListObjectsV2' ? 's3:ListBucket' : action)
