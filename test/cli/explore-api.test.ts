import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { askExplore } from '../../cli/explore-api.ts'

const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  if (request.url?.startsWith('/v1/refused')) response.writeHead(403).end('{"message":"Forbidden"}')
  else if (request.url?.startsWith('/v1/unknown')) response.writeHead(401).end('{"message":"Unauthorized"}')
  else if (request.url?.startsWith('/v1/broken')) response.writeHead(502).end('<html>')
  else if (request.url?.startsWith('/v1/page')) response.end('<html>')
  else response.setHeader('content-type', 'application/json').end('{}')
})

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('a question to the API', () => {
  it('is written as its signature reads it: a space is no plus, and no reserved character stays as it is', async () => {
    const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const parameters = { service: "prod/my shop/a+b~(c)!*'", from: '2026-11-24T08:00:00+01:00' }
    await askExplore(base, { path: '/v1/spend', parameters, schema: z.object({}) }, undefined)
    const [path, query = ''] = asked[0]?.split('?') ?? []
    expect(path).toBe('/v1/spend')
    expect(query).toBe('service=prod%2Fmy%20shop%2Fa%2Bb~%28c%29%21%2A%27&from=2026-11-24T08%3A00%3A00%2B01%3A00')
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual(parameters)
  })

  it.each([
    ['/v1/refused', 'answered 403: Forbidden: name the system with --stack, or sign the question with --sign REGION'],
    [
      '/v1/unknown',
      'answered 401: Unauthorized: name the system with --stack, or sign the question with --sign REGION',
    ],
    ['/v1/broken', 'answered 502: no reason given: "tollgate doctor" looks for the cause'],
    ['/v1/page', 'is no explore API of Tollgate'],
  ])('that %s does not answer ends with what to do', async (path, said) => {
    const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await expect(askExplore(base, { path, parameters: {}, schema: z.object({}) }, undefined)).rejects.toThrow(said)
  })

  it('that is refused though it is signed ends with what its caller needs', async () => {
    const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const question = { path: '/v1/refused', parameters: {}, schema: z.object({}) }
    const sign = async (_url: URL, headers: Readonly<Record<string, string>>) => headers
    await expect(askExplore(base, question, sign)).rejects.toThrow('execute-api:Invoke')
  })
})
