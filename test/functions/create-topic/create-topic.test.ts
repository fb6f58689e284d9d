import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerTopicRequest } from '../../../functions/create-topic/answer-topic-request.ts'
import { createTopic } from '../../../functions/create-topic/create-topic.ts'
import { type DeployAnswer, readDeployRequest } from '../../../layers/adapters/deploy-request.ts'
import { connectSpanTopics } from '../../../layers/adapters/span-topic.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { type FakeMsk, startFakeMsk } from '../../layers/adapters/fake-msk.ts'

const CLUSTER = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7'
const TOPIC = 'otel-cost-spans'

let msk: FakeMsk
let now = 1_000_000
/** When a cluster that refuses stops to. */
let grantAfter = Number.POSITIVE_INFINITY

beforeAll(async () => {
  msk = await startFakeMsk()
})
afterAll(() => msk.close())
beforeEach(() => {
  msk.clusters.clear()
  msk.clusters.set(CLUSTER, { type: 'PROVISIONED', state: 'ACTIVE', topics: new Map() })
  msk.calls.length = 0
  grantAfter = Number.POSITIVE_INFINITY
})

const cluster = () => {
  const found = msk.clusters.get(CLUSTER)
  if (!found) throw new Error('no cluster')
  return found
}

const answer = answerTopicRequest(
  createTopic({
    topicsOf: (arn) => connectSpanTopics(msk.client, arn),
    now: () => now as EpochMs,
    pause: async (ms) => {
      now += ms
      if (now >= grantAfter) delete cluster().refuses
    },
    patienceMs: 60_000,
  }),
)

/** A deploy's request, its properties made strings as CloudFormation does. */
async function deploy(
  RequestType: 'Create' | 'Update' | 'Delete' = 'Create',
  properties: Record<string, string> = {},
  before?: Record<string, string>,
): Promise<DeployAnswer> {
  const ResourceProperties = {
    ServiceToken: 'arn:aws:lambda:eu-west-1:123456789012:function:tollgate-create-topic',
    ClusterArn: CLUSTER,
    TopicName: TOPIC,
    Partitions: '12',
    Copies: '3',
    Exists: 'false',
    ...properties,
  }
  const request = readDeployRequest({
    RequestType,
    ResponseURL: 'https://example.com/answer',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'SpanTopic',
    ResourceProperties,
    ...(before !== undefined && { OldResourceProperties: { ...ResourceProperties, ...before } }),
  })
  return (await answer(request)).outcome
}

const reason = (outcome: DeployAnswer): string => ('reason' in outcome ? outcome.reason : 'no reason')

describe('the span topic of a deploy', () => {
  it('is made where there is none, with the partitions and copies asked for, and waited for until MSK shows it', async () => {
    expect(await deploy()).toEqual({ status: 'SUCCESS' })
    expect(cluster().topics.get(TOPIC)).toMatchObject({ partitions: 12, copies: 3 })
    expect(msk.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1)
    expect(msk.calls.filter((call) => call.startsWith('GET /v1'))).toHaveLength(4)
  })

  it('is left as it is when the deploy runs again, and when the resource goes', async () => {
    await deploy()
    msk.calls.length = 0
    expect(await deploy('Update')).toEqual({ status: 'SUCCESS' })
    expect(await deploy('Delete')).toEqual({ status: 'SUCCESS' })
    expect(msk.calls.filter((call) => !call.startsWith('GET'))).toEqual([])
  })

  it('is no fault where another deploy made it in the same minute', async () => {
    cluster().topics.set(TOPIC, { partitions: 12, copies: 3, shownAfter: 3 })
    expect(await deploy()).toEqual({ status: 'SUCCESS' })
  })

  it.each([
    [
      6,
      /has 6 partitions .* says 12: set topic\.partitions to 6, or add some: aws kafka update-topic .*--partition-count 12/,
    ],
    [24, /has 24 partitions .* says 12: set topic\.partitions to 24; Kafka takes no partition away/],
  ])('stops the deploy when it has %i partitions instead of 12, and says what to do', async (partitions, says) => {
    cluster().topics.set(TOPIC, { partitions, copies: 3, shownAfter: 0 })
    expect(reason(await deploy())).toMatch(says)
  })

  it('lets a deploy go back that was to add partitions, and warns; it lets none go on without them', async () => {
    cluster().topics.set(TOPIC, { partitions: 24, copies: 3, shownAfter: 0 })
    const back = await deploy('Update', { Partitions: '12' }, { Partitions: '24' })
    expect(back).toMatchObject({ status: 'SUCCESS', warning: expect.stringContaining('has 24 partitions') })
    expect((await deploy('Update', { Partitions: '36' }, { Partitions: '24' })).status).toBe('FAILED')
    expect((await deploy('Update', { Partitions: '12' }, { Partitions: '12' })).status).toBe('FAILED')
  })

  it("is its owner's where the configuration says that it exists: checked and never made", async () => {
    expect(reason(await deploy('Create', { Exists: 'true' }))).toMatch(/topic\.exists says .* no such topic: make it/)
    expect(cluster().topics.size).toBe(0)
    cluster().topics.set(TOPIC, { partitions: 12, copies: 3, shownAfter: 0 })
    expect(await deploy('Create', { Exists: 'true' })).toEqual({ status: 'SUCCESS' })
  })

  it('of a serverless cluster cannot be made: the command to run is in the reason; one that exists is taken on trust', async () => {
    cluster().type = 'SERVERLESS'
    expect(reason(await deploy())).toMatch(
      /kafka-topics\.sh .*--create --topic otel-cost-spans --partitions 12; then set/,
    )
    expect(await deploy('Create', { Exists: 'true' })).toEqual({ status: 'SUCCESS' })
  })

  it('waits for a cluster that is busy, for a minute, then says its state', async () => {
    cluster().state = 'UPDATING'
    expect(reason(await deploy())).toMatch(/is UPDATING; .* wait until it is, then deploy again/)
    expect(msk.calls.length).toBeGreaterThan(5)
  })

  it('gives up at once on a cluster that will never be well', async () => {
    cluster().state = 'FAILED'
    expect(reason(await deploy())).toMatch(/is FAILED/)
    expect(msk.calls).toHaveLength(1)
  })

  it('names the cluster that this account and region have not', async () => {
    msk.clusters.clear()
    expect(reason(await deploy())).toMatch(/no cluster arn:aws:kafka:.* in this account and region: .*list-clusters-v2/)
  })

  it.each([
    [403, 'ForbiddenException'],
    [400, 'BadRequestException'],
    [400, 'ClusterConnectivityException'],
  ] as const)('says what MSK answers when it refuses: %i %s', async (status, name) => {
    cluster().refuses = [status, name]
    expect(reason(await deploy())).toMatch(new RegExp(`${name}: refused: ${name}\\).*3\\.6 or later`))
  })

  it('waits for access that the deploy has given a moment ago, which IAM does not know everywhere yet', async () => {
    cluster().refuses = [403, 'ForbiddenException']
    grantAfter = now + 20_000
    expect(await deploy()).toEqual({ status: 'SUCCESS' })
    expect(msk.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1)
  })

  it('waits for nothing where MSK refuses for another reason than access', async () => {
    cluster().refuses = [400, 'BadRequestException']
    const before = now
    expect((await deploy()).status).toBe('FAILED')
    expect(now).toBe(before)
  })

  it('refuses properties that are none', async () => {
    expect(reason(await deploy('Create', { Partitions: 'twelve' }))).toMatch(/could not be made: /)
  })
})
