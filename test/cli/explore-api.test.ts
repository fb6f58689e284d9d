import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { askExplore } from '../../cli/explore-api.ts'

const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.setHeader('content-type', 'application/json').end('{}')
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
})
