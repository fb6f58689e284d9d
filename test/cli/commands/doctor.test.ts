import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { NEVER_STALE } from '../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { startCloudFormation } from '../../layers/adapters/cloudformation-server.ts'
import { startFakeMsk } from '../../layers/adapters/fake-msk.ts'
import { startAws, type ToldAccount } from '../doctor/aws-server.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const CLUSTER = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-3'
const NOW = Date.now() as EpochMs

let told: ToldAccount
const healthy = (): ToldAccount => ({
  table: {
    DeletionProtectionEnabled: true,
    TimeToLiveStatus: 'ENABLED',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
  mapping: { State: 'Enabled', LastProcessingResult: 'OK', Topics: ['otel-cost-spans'] },
  subscriptions: ['arn:aws:sns:eu-west-1:123456789012:shop-alerts:1'],
  denied: new Set(),
})

let opened: { close(): unknown }[] = []
let api = ''
beforeAll(async () => {
  const explore = await startExplore({
    now: () => NOW,
    readHours: async () => ({ rows: [], parked: [] }),
    readStates: async () => [],
    readFlags: async () => [],
    readBook: async () =>
      createPriceBook(snapshotPrices(['eu-west-1'], { fetchedAt: NOW, validUntil: NEVER_STALE }), 'g1'),
  })
  api = explore.url
  told = healthy()
  // What is told changes from test to test.
  const aws = await startAws({
    get table() {
      return told.table
    },
    get mapping() {
      return told.mapping
    },
    get subscriptions() {
      return told.subscriptions
    },
    get denied() {
      return told.denied
    },
  })
  const msk = await startFakeMsk()
  msk.clusters.set(CLUSTER, {
    type: 'PROVISIONED',
    state: 'ACTIVE',
    topics: new Map([['otel-cost-spans', { partitions: 12, copies: 3, shownAfter: 0 }]]),
  })
  const cloudFormation = await startCloudFormation([
    { name: 'shop', outputs: { ApiUrl: api, AttributeSpansFunction: 'shop-attribute-spans' } },
    {
      name: 'shop-data',
      outputs: {
        ...{ LedgerTable: 'shop-ledger', PricesTable: 'shop-prices', BudgetsTable: 'shop-budgets' },
        ...{ FlagsTable: 'shop-flags', AlertsTopicArn: 'arn:aws:sns:eu-west-1:123456789012:shop-alerts' },
        ...{ ClusterArn: CLUSTER, TopicName: 'otel-cost-spans', TopicPartitions: '12' },
      },
    },
  ])
  opened = [explore, aws, msk, cloudFormation]
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  vi.stubEnv('AWS_ENDPOINT_URL_KAFKA', msk.url)
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', cloudFormation.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDCALLER')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  for (const one of opened) await one.close()
})
beforeEach(() => {
  told = healthy()
})

const doctor = (...args: string[]) => runTollgate(['doctor', ...args])

describe('tollgate doctor', () => {
  it('looks at every part of a deployed system, a line each', async () => {
    const { code, out, error } = await doctor('--stack', 'shop')
    expect({ code, error }).toEqual({
      code: 0,
      error: `system: stack shop, eu-west-1, account 123456789012, ${api}\n`,
    })
    expect(
      out
        .replace(/in \d+ ms/, 'in 9 ms')
        .replace(/\d+ prices/, '56 prices')
        .replace(/is \d s (behind|ahead of)/, 'is 0 s behind'),
    ).toBe(`\
ok    api                 answers in 9 ms
ok    clock               this machine is 0 s behind the server
ok    prices              56 prices, fetched 0 min ago
warn  spans               none in an hour
      -> send some (docs/sending-spans.md), or one by "tollgate smoke"
ok    topic               otel-cost-spans, 12 partitions
ok    mapping             enabled; last: OK
ok    table shop-ledger   expires, recoverable, protected
ok    table shop-prices   expires, recoverable, protected
ok    table shop-budgets  expires, recoverable, protected, streamed
ok    table shop-flags    expires, recoverable, protected
ok    alerts              1 subscribed
ok    permissions         your identity may see all of it
`)
  })

  it('takes a table for one whose items expire while DynamoDB still switches that on, as it does for an hour', async () => {
    told.table.TimeToLiveStatus = 'ENABLING'
    expect((await doctor('--stack', 'shop')).out).toContain('ok    table shop-ledger   expires, recoverable, protected')
  })

  it('ends with 1 where a part is not well, and says what to do', async () => {
    told.mapping.State = 'Disabled'
    told.table.StreamSpecification = { StreamEnabled: false }
    told.subscriptions.push('PendingConfirmation')
    const { code, out, error } = await doctor('--stack', 'shop')
    expect(code).toBe(1)
    expect(inOneLine(error)).toContain('2 of 12 checks failed')
    expect(out).toContain('-> aws lambda update-event-source-mapping --uuid m1 --enabled')
    expect(out).toMatch(/^FAIL {2}table shop-budgets {2}its stream is off: no alerts, no flags$/m)
    expect(out).toMatch(/^warn {2}alerts +1 subscribed, not confirmed: email p1@example.com$/m)
  })

  it('says what the caller may not see, and looks at the rest', async () => {
    for (const call of ['DescribeTable', 'event-source-mappings', 'ListSubscriptionsByTopic']) told.denied.add(call)
    const { code, out } = await doctor('--stack', 'shop', '--json')
    expect(code).toBe(0)
    const { findings } = JSON.parse(out)
    expect(findings).toContainEqual({
      part: 'permissions',
      verdict: 'warn',
      found: 'your identity lacks dynamodb:Describe*, lambda:ListEventSourceMappings, sns:ListSubscriptionsByTopic',
      advice: 'allow it to, or take another with AWS_PROFILE',
    })
    expect(findings).toContainEqual(expect.objectContaining({ part: 'topic', verdict: 'ok' }))
  })

  it('looks at what can be seen of a local system', async () => {
    const { code, out, error } = await doctor('--url', api, '--json')
    expect({ code, error }).toEqual({ code: 0, error: `system: ${api}\n` })
    const { system, findings } = JSON.parse(out)
    expect(system).toBe(api)
    expect(findings.map(({ part }: { part: string }) => part)).toEqual(['api', 'clock', 'prices', 'spans'])
  })

  it('ends with 1 where nothing answers', async () => {
    const { code, out } = await doctor('--url', 'http://127.0.0.1:9')
    expect(code).toBe(1)
    expect(out).toMatch(/^FAIL {2}api {2}no answer/)
  })
})
