import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerRow } from '../../../layers/core/ledger/row.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import type { EpochMs, Hour } from '../../../layers/core/time/instants.ts'
import { stateOf } from '../../functions/explore-costs/state-of.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const span = (spanId: string, over: object) => ({
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId,
  name: 'work',
  startTimeUnixNano: '1795000000000000000',
  endTimeUnixNano: '1795000001000000000',
  ...over,
})
const call = (service: string, method: string) => ({
  kind: 3,
  attributes: [text('rpc.system', 'aws-api'), text('rpc.service', service), text('rpc.method', method)],
})
const REQUEST = JSON.stringify({
  resourceSpans: [
    {
      resource: { attributes: [text('service.name', 'shop')] },
      scopeSpans: [
        {
          spans: [
            span('eee19b7ec3c1b174', { kind: 2 }),
            span('eee19b7ec3c1b175', call('DynamoDB', 'GetItem')),
            span('eee19b7ec3c1b176', call('SQS', 'SendMessage')),
            span('eee19b7ec3c1b177', { traceId: '00' }),
          ],
        },
      ],
    },
  ],
})

const row = (service: string, hour: Hour): LedgerRow => ({
  service,
  hour,
  commit: 'a1b2c3d',
  shard: 'k3f9.0',
  fence: { offset: 1, timestampMs: NOW },
  minutes: [],
  operations: [],
  usage: [],
  outcomes: [
    { outcome: 'booked', spans: 199 },
    { outcome: 'unmetered:gen_ai.usage.output_tokens', spans: 1 },
  ],
})

describe('tollgate coverage', () => {
  let system: Awaited<ReturnType<typeof startExplore>>

  beforeAll(async () => {
    system = await startExplore({
      now: () => NOW,
      readHours: async (service, hours) => ({ rows: hours.map((hour) => row(service, hour)), parked: [] }),
      readStates: async () => [stateOf('prod/assistant', NOW)],
      readFlags: async () => [],
      readBook: async () => createPriceBook([], 'none'),
    })
  })
  afterAll(() => system.close())

  it('rates the spans of a file, by service and meter, and gives the line for each gap', async () => {
    expect(await runTollgate(['coverage', '-'], REQUEST)).toEqual({
      code: 0,
      error: '',
      out: `33 % of the spans that should cost something do.

shop                                                                33 % covered
  1 booked, 1 wait for a price, 1 unmetered; 0 inner, 0 without a meter
  METER                RATED  UNMETERED
  DynamoDB, on demand      0          1
  SQS                      1          0
  own rate                 1          0
  aws.dynamodb.consumed_capacity is missing on 1; write in the call:
    ReturnConsumedCapacity: 'TOTAL'
  rate/shop/* has no price, 1 wait; add to Tollgate's configuration:
    "rates": [{ "service": "shop", "usdPerMs": "0.0000021" }]

The rate is an example: "tollgate rates suggest" works out your own.
`,
    })
  })

  it('asks a running system, and never calls what has a gap 100 %', async () => {
    const { out } = await runTollgate(['coverage', '--url', system.url, '--from', '2026-11-23T07:00Z'])
    expect(out).toBe(`99 % of the spans from 2026-11-23T07:00Z to 2026-11-23T09:00Z that should cost
something do.

prod/assistant                                                      99 % covered
  398 booked, 0 wait for a price, 2 unmetered; 0 inner, 0 without a meter
  METER   RATED  UNMETERED
  models      -          2
  gen_ai.usage.output_tokens is missing on 2; write in the call:
    stream_options: { include_usage: true }
`)
  })

  it('prints one JSON document, of one service where one is named', async () => {
    const { out } = await runTollgate(['coverage', '-', '--json', '--service', 'shop'], REQUEST)
    expect(JSON.parse(out)).toMatchObject({ share: 0.3333, services: [{ service: 'shop', booked: 1 }] })
    const none = await runTollgate(['coverage', '-', '--json', '--service', 'other'], REQUEST)
    expect(JSON.parse(none.out)).toEqual({ from: null, to: null, share: null, services: [] })
    const asked = await runTollgate(['coverage', '--json', '--url', system.url])
    expect(JSON.parse(asked.out)).toMatchObject({ share: 0.995, services: [{ service: 'prod/assistant' }] })
  })

  it.each([
    [['-', '--url', 'http://127.0.0.1:9'], 2, 'or a running system with --url or --stack, not both'],
    [['--url', 'http://127.0.0.1:9'], 1, 'tollgate dev'],
    [['nowhere.json'], 1, 'there is no such file'],
  ])('ends with its code and says what to do: %j', async (args, code, message) => {
    const ran = await runTollgate(['coverage', ...args])
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' })
    expect(inOneLine(ran.error)).toContain(message)
  })

  it('says what an instant looks like', async () => {
    const { code, error } = await runTollgate(['coverage', '--url', system.url, '--from', 'yesterday'])
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('--from takes 2026-11-23T08:00Z') })
  })
})
