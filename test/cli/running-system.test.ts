import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startCloudFormation } from '../layers/adapters/cloudformation-server.ts'
import { inOneLine, runTollgate } from './run-tollgate.ts'

let cloudFormation: Awaited<ReturnType<typeof startCloudFormation>>
let api = ''
let asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = []
const server = createServer((request, response) => {
  asked.push({ url: request.url ?? '', headers: request.headers })
  response.end(JSON.stringify({ budgets: [] }))
})

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  cloudFormation = await startCloudFormation([
    { name: 'shop-tollgate', outputs: { ApiUrl: api } },
    {
      name: 'shop-tollgate-data',
      outputs: { AlertsTopicArn: 'arn:aws:sns:eu-west-1:123456789012:shop-tollgate-alerts' },
    },
    { name: 'website', outputs: { Bucket: 'pages' } },
  ])
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', cloudFormation.url)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDCALLER')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
})
afterAll(() => {
  vi.unstubAllEnvs()
  cloudFormation.close()
  server.close()
})

describe('--stack', () => {
  it("asks the API of the stack's outputs, signed with the caller's credentials, and says which system that is", async () => {
    asked = []
    const { code, error } = await runTollgate(['budgets', 'list', '--stack', 'shop-tollgate'])
    expect(code).toBe(0)
    expect(error).toBe(`system: stack shop-tollgate, eu-west-1, account 123456789012, ${api}\n`)
    expect(asked).toEqual([
      expect.objectContaining({
        url: '/v1/budgets',
        headers: expect.objectContaining({ authorization: expect.anything() }),
      }),
    ])
    expect(asked[0]?.headers.authorization).toMatch(
      /Credential=AKIDCALLER\/\d{8}\/eu-west-1\/execute-api\/aws4_request/,
    )
    expect(cloudFormation.authorizations.every((one) => one.includes('Credential=AKIDCALLER/'))).toBe(true)
  })

  it('ends with 1 and says what to check where there is no such stack, or it is not of Tollgate', async () => {
    const none = await runTollgate(['top', '--once', '--stack', 'tollgate'])
    expect({ code: none.code, said: inOneLine(none.error) }).toEqual({
      code: 1,
      said: 'tollgate: there is no stack "tollgate" in eu-west-1: check --stack, AWS_REGION and AWS_PROFILE',
    })
    const other = await runTollgate(['audit', '--stack', 'website'])
    expect(other.code).toBe(1)
    expect(inOneLine(other.error)).toContain('stack "website" has no output ApiUrl')
  })

  it('ends with 2 where an address is given, too', async () => {
    const { code, error } = await runTollgate(['coverage', '--stack', 'shop-tollgate', '--url', api])
    expect(code).toBe(2)
    expect(inOneLine(error)).toContain('give --url or --stack, not both')
  })

  it('gives the gate its flags, and wants one address', async () => {
    const { code, error } = await runTollgate(['gate', '--stack', 'shop-tollgate', '--flags', `${api}/v1/flags`])
    expect(code).toBe(2)
    expect(inOneLine(error)).toContain('--flags https://HOST/v1/flags, or --stack NAME')
  })
})
