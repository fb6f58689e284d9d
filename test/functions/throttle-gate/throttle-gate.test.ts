import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { throttleGate } from '../../../functions/throttle-gate/throttle-gate.ts'
import { NotAnHttpApiEvent } from '../../../layers/adapters/http-api.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import { readFlagsDocument } from '../../../layers/core/flags/flags-document.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { httpApiEvent } from '../http-api-event.ts'

const NOW = 1_795_421_220_000 as EpochMs

function flagOf(service: string, admit = 0.1, until: number = NOW + 3_600_000): Flag {
  return { service, admit, reason: 'burns 12 times its pace', until: until as EpochMs, since: NOW, version: 3 }
}

function gateOn(flags: readonly Flag[] | Error) {
  const failures: unknown[] = []
  const ask = throttleGate({
    now: () => NOW,
    readFlags: () => (flags instanceof Error ? Promise.reject(flags) : Promise.resolve(flags)),
    observeFailure: (error) => failures.push(error),
  })
  const get = (headers = {}, path = '/v1/flags', method = 'GET') => ask(httpApiEvent(path, {}, headers, method))
  return { ask, get, failures }
}

describe('throttle-gate', () => {
  it('serves all flags that hold, by service, as a document that gates can parse', async () => {
    const { get } = gateOn([flagOf('prod/orders'), flagOf('prod/checkout'), flagOf('prod/old', 0, NOW)])
    const { statusCode, headers, body } = await get()
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'private, no-cache' })
    expect(readFlagsDocument(JSON.parse(body))).toEqual({
      flags: [flagOf('prod/checkout'), flagOf('prod/orders')],
      unreadable: 0,
    })
  })

  it('gives the same flags the same strong ETag, in whatever order they are read', async () => {
    const flags = ['a', 'b', 'c', 'd'].map((service) => flagOf(service))
    const { headers } = await gateOn(flags).get()
    expect(headers.etag).toMatch(/^"[\w-]{22}"$/)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(flags, { minLength: 4 }), async (shuffled) => {
        expect((await gateOn(shuffled).get()).headers.etag).toBe(headers.etag)
      }),
    )
  })

  it('changes the ETag with any change of a flag', async () => {
    const tags = new Set<string | undefined>()
    const variants = [
      [flagOf('a')],
      [flagOf('b')],
      [flagOf('a', 0.2)],
      [flagOf('a', 0.1, NOW + 1)],
      [{ ...flagOf('a'), reason: 'other' }],
      [{ ...flagOf('a'), version: 4 }],
      [],
    ]
    for (const flags of variants) tags.add((await gateOn(flags).get()).headers.etag)
    expect(tags.size).toBe(variants.length)
  })

  it('answers 304 without a body where If-None-Match has the ETag', async () => {
    const { get } = gateOn([flagOf('a')])
    const { etag = '' } = (await get()).headers
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await get({ 'If-None-Match': header })).toEqual({
        statusCode: 304,
        headers: { etag, 'cache-control': 'private, no-cache' },
        body: '',
      })
    }
    expect((await get({ 'if-none-match': '"other"' })).statusCode).toBe(200)
  })

  it('answers 503 and reports the error where the flags cannot be read, without telling it to strangers', async () => {
    const secret = new Error('table arn:aws:dynamodb:secret')
    const { get, failures } = gateOn(secret)
    const { statusCode, headers, body } = await get()
    expect({ statusCode, retryAfter: headers['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '5' })
    expect(body).not.toContain('secret')
    expect(failures).toEqual([secret])
  })

  it('says what to ask for on other paths and methods', async () => {
    const { get } = gateOn([])
    expect(await get({}, '/flags')).toMatchObject({ statusCode: 404, body: expect.stringContaining('GET /v1/flags') })
    expect(await get({}, '/v1/flags', 'POST')).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } })
  })

  it('refuses an event that no HTTP API sent', async () => {
    await expect(gateOn([]).ask({ Records: [] })).rejects.toThrow(NotAnHttpApiEvent)
    await expect(gateOn([]).ask(undefined)).rejects.toThrow('payload format 2.0')
  })
})
