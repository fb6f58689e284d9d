import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mskTokens, readMskBrokers } from '../../../layers/adapters/msk-access.ts'
import { type LoopbackServer, listenOnLoopback, send } from '../../../local/http.ts'

const ARN = 'arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-3'

let msk: LoopbackServer
let told: Record<string, string> = {}
beforeAll(async () => {
  msk = await listenOnLoopback(async (request, response) => {
    const isAsked = request.url === `/v1/clusters/${encodeURIComponent(ARN)}/bootstrap-brokers`
    send(response, isAsked ? 200 : 404, { 'content-type': 'application/json' }, JSON.stringify(told))
  })
  vi.stubEnv('AWS_ENDPOINT_URL_KAFKA', msk.url)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDCALLER')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await msk.close()
})

describe('the way into an MSK cluster', () => {
  it('is the listener for how the caller signs in, the nearest first', async () => {
    told = {
      bootstrapBrokerStringSaslScram: 'b-1.shop:9096',
      bootstrapBrokerStringSaslIam: 'b-1.shop:9098',
      bootstrapBrokerStringPublicSaslIam: 'b-1-public.shop:9198',
    }
    expect(await readMskBrokers('eu-west-1', ARN, 'iam')).toBe('b-1.shop:9098')
    expect(await readMskBrokers('eu-west-1', ARN, 'scram')).toBe('b-1.shop:9096')
  })

  it('says so where there is none', async () => {
    told = { bootstrapBrokerStringTls: 'b-1.shop:9094' }
    await expect(readMskBrokers('eu-west-1', ARN, 'iam')).rejects.toThrow(/no brokers for iam.*--brokers/)
  })

  it("is opened by a token that the caller's credentials sign for this region", async () => {
    const token = await mskTokens('eu-west-1')()
    const url = new URL(Buffer.from(token, 'base64url').toString())
    expect(url.host).toBe('kafka.eu-west-1.amazonaws.com')
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect')
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^AKIDCALLER\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/,
    )
  })
})
