import { readFileSync } from 'node:fs'
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate'
import { describe, expect, it } from 'vitest'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'

const ACCOUNT = '123456789012'
const REGION = 'eu-west-1'
const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`

/** The policy as it is shipped, filled in as its reader fills it in. */
const POLICY = readFileSync(new URL('../../../deploy/operator-policy.json', import.meta.url), 'utf8')
  .replaceAll('REGION', REGION)
  .replaceAll('ACCOUNT', ACCOUNT)
  .replaceAll(':API/', ':abc123/')
  .replaceAll('CLUSTER/UUID', 'shop/0a1b2c3d-3')

const CLUSTER = arn('kafka', 'cluster/shop/0a1b2c3d-3')
const TOPIC = arn('kafka', 'topic/shop/0a1b2c3d-3/otel-cost-spans')
const LEDGER = arn('dynamodb', 'table/tollgate-ledger')
const api = (route: string): string => arn('execute-api', `abc123/$default/${route}`)
const smoke = { 'dynamodb:LeadingKeys': [SMOKE_SERVICE] }

async function isAllowed(action: string, resource: string, context: Record<string, string[]> = {}): Promise<boolean> {
  const simulation: Simulation = {
    identityPolicies: [{ name: 'operator', policy: JSON.parse(POLICY) }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      principal: `arn:aws:iam::${ACCOUNT}:user/operator`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: context,
    },
  }
  const result = await runSimulation(simulation, {})
  if (result.resultType === 'error') throw new Error(`${action} ${resource}: ${JSON.stringify(result.errors)}`)
  return result.overallResult === 'Allowed'
}

describe('deploy/operator-policy.json', () => {
  it.each<[action: string, resource: string, context?: Record<string, string[]>]>([
    ['cloudformation:DescribeStacks', arn('cloudformation', 'stack/tollgate/0a1b')],
    ['cloudformation:DescribeStacks', arn('cloudformation', 'stack/tollgate-data/0a1b')],
    ['execute-api:Invoke', api('GET/v1/spend')],
    ['execute-api:Invoke', api('POST/v1/budgets/changes')],
    ['dynamodb:DescribeTable', LEDGER],
    ['dynamodb:DescribeTimeToLive', LEDGER],
    ['dynamodb:DescribeContinuousBackups', LEDGER],
    ['kafka:DescribeClusterV2', CLUSTER],
    ['kafka:DescribeTopic', TOPIC],
    ['lambda:ListEventSourceMappings', '*'],
    ['sns:ListSubscriptionsByTopic', arn('sns', 'tollgate-alerts')],
    ['kafka:GetBootstrapBrokers', '*'],
    ['kafka-cluster:Connect', CLUSTER],
    ['kafka-cluster:WriteDataIdempotently', CLUSTER],
    ['kafka-cluster:DescribeTopic', TOPIC],
    ['kafka-cluster:DescribeTopicDynamicConfiguration', TOPIC], // of kafka:DescribeTopic (MSK guide, topic operations)
    ['kafka-cluster:WriteData', TOPIC],
    ['dynamodb:Query', LEDGER, smoke],
    ['dynamodb:DeleteItem', LEDGER, smoke],
  ])('allows %s on %s, which doctor or smoke does', async (action, resource, context) => {
    expect(await isAllowed(action, resource, context)).toBe(true)
  })

  it.each<[action: string, resource: string, context?: Record<string, string[]>]>([
    ['dynamodb:DeleteItem', LEDGER, { 'dynamodb:LeadingKeys': ['prod/shop/checkout'] }],
    ['dynamodb:Query', LEDGER, { 'dynamodb:LeadingKeys': ['prod/shop/checkout'] }],
    ['dynamodb:DeleteItem', arn('dynamodb', 'table/tollgate-budgets'), smoke],
    ['dynamodb:UpdateItem', LEDGER, smoke],
    ['dynamodb:Scan', LEDGER],
    ['kafka-cluster:ReadData', TOPIC],
    ['kafka-cluster:DeleteTopic', TOPIC],
    ['lambda:UpdateEventSourceMapping', arn('lambda', 'event-source-mapping:0a1b')],
    ['sns:Subscribe', arn('sns', 'tollgate-alerts')],
    ['cloudformation:DeleteStack', arn('cloudformation', 'stack/tollgate/0a1b')],
  ])('allows no %s on %s with %j', async (action, resource, context) => {
    expect(await isAllowed(action, resource, context)).toBe(false)
  })
})
