import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { consumerGroupOf, deployedTopic } from '../../cli/deployed-topic.ts'
import { type LoopbackServer, listenOnLoopback, send } from '../../local/http.ts'

const BROKERS = { bootstrapBrokerStringSaslScram: 'b-1:9096', bootstrapBrokerStringSaslIam: 'b-1:9098' }

let msk: LoopbackServer
beforeAll(async () => {
  msk = await listenOnLoopback(async (_, response) =>
    send(response, 200, { 'content-type': 'application/json' }, JSON.stringify(BROKERS)),
  )
  vi.stubEnv('AWS_ENDPOINT_URL_KAFKA', msk.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDCALLER')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await msk.close()
})

const deployed = (authentication: string) => ({
  ...{ stack: 'shop', region: 'eu-west-1', account: '123456789012' },
  outputs: {
    ClusterArn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-3',
    TopicName: 'otel-cost-spans',
    TopicAuthentication: authentication,
  },
})

describe('the topic of a deployed system', () => {
  it('is reached with tokens of the caller where the cluster has IAM access control', async () => {
    const { brokers, topic, login } = await deployedTopic(deployed('iam'), {})
    expect({ brokers, topic, kind: login?.kind }).toEqual({
      brokers: 'b-1:9098',
      topic: 'otel-cost-spans',
      kind: 'token',
    })
  })

  it("is reached with the environment's name and password where the cluster wants SCRAM, and says so without", async () => {
    const named = { TOLLGATE_KAFKA_USERNAME: 'smoke', TOLLGATE_KAFKA_PASSWORD: 'x' }
    const { brokers, login } = await deployedTopic(deployed('scram'), named)
    expect({ brokers, login }).toEqual({
      brokers: 'b-1:9096',
      login: { kind: 'scram', username: 'smoke', password: 'x' },
    })
    await expect(deployedTopic(deployed('scram'), {})).rejects.toThrow('set TOLLGATE_KAFKA_USERNAME')
  })

  it('is booked by the consumer group that the stack names, or by the one that was there before stacks named any', () => {
    expect(consumerGroupOf({ stack: 'shop', outputs: { ConsumerGroup: 'second' } })).toBe('second')
    expect(consumerGroupOf(deployed('iam'))).toBe('shop-attribute-spans')
  })
})
