import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonAnswer } from '../../../layers/adapters/http-api.ts'
import { NEVER_STALE } from '../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { priceOf } from '../../layers/core/prices/prices.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const folder = mkdtempSync(join(tmpdir(), 'tollgate-explain-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const TRACE = '5b8efff798038103d269b633813fc60c'
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const span = (spanId: string, name: string, over: object) => ({
  traceId: TRACE,
  spanId,
  name,
  startTimeUnixNano: '1795000000000000000',
  endTimeUnixNano: '1795000001000000000',
  ...over,
})
const request = {
  resourceSpans: [
    {
      resource: {
        attributes: [
          text('service.name', 'thumbnails'),
          text('deployment.environment.name', 'prod'),
          text('service.version', 'a1b2c3d'),
          text('cloud.platform', 'aws_lambda'),
          text('cloud.region', 'us-east-1'),
          { key: 'faas.max_memory', value: { intValue: '536870912' } },
        ],
      },
      scopeSpans: [
        {
          spans: [
            span('eee19b7ec3c1b174', 'resize', { kind: 2 }),
            span('eee19b7ec3c1b175', 'DynamoDB.GetItem', {
              kind: 3,
              flags: 256,
              parentSpanId: 'eee19b7ec3c1b174',
              attributes: [
                text('rpc.system', 'aws-api'),
                text('rpc.service', 'DynamoDB'),
                text('rpc.method', 'GetItem'),
              ],
            }),
            span('eee19b7ec3c1b176', 'decode', { kind: 1, flags: 256, parentSpanId: 'eee19b7ec3c1b174' }),
            span('eee19b7ec3c1b177', 'broken', { traceId: '00' }),
          ],
        },
      ],
    },
  ],
}
const OTLP = file('spans.json', request)

const PAGE = `prod/thumbnails  resize                                           commit a1b2c3d
trace 5b8efff798038103d269b633813fc60c  span eee19b7ec3c1b174
Charged (entry): the span in which the service did one unit of its own work.

  aws/lambda/request@us-east-1
    quantity    1 request
    unit price  $0.0000002 a request
    source      snapshot: AWSLambda Request
                GU2ZS9HVP6QTQ7KE.JRTCKXETXF.6YS6EN2CT7 2024-09
    cost                                                              $0.0000002

  aws/lambda/gb-second/x86_64@us-east-1
    quantity    0.5 GB-seconds
    counted     512000 MB-millisecond (memory up to the MB, duration up to the
                millisecond)
    unit price  $0.0000166667 a GB-second, tier 0 to 6000000000
    source      snapshot: AWSLambda Lambda-GB-Second
                TG3M4CAGBA3NYQBH.JRTCKXETXF.CUKFZ388N3 2024-09
    cost                                                          $0.00000833335

  assumed       lambda.architecture=x86_64
  total                                                           $0.00000853335

Not charged: 2 spans
SPAN              SERVICE          OPERATION         RULE
eee19b7ec3c1b175  prod/thumbnails  DynamoDB.GetItem  unmetered:aws.dynam…
eee19b7ec3c1b176  prod/thumbnails  decode            inner
unmetered:aws.dynamodb.consumed_capacity: it should have said how much it used,
and did not.
  supply it: ReturnConsumedCapacity: 'TOTAL'
inner: work inside another span, which is charged for it.

Cannot be booked, so dead letters: 1
  -: invalid_trace_id: resourceSpans[0].scopeSpans[0].spans[3]: the trace id is
  not 16 bytes (32 hex digits), or all zero

Total of 4 spans                                                  $0.00000853335
`

const json = async (args: readonly string[], input?: string | Uint8Array) =>
  JSON.parse((await runTollgate(['explain', '--json', ...args], input)).out)

describe('tollgate explain, of a running system', () => {
  const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
  const price = { ...priceOf('aws/lambda/request@us-east-1' as Sku, '0.0000009'), validUntil: NEVER_STALE }
  /** What the system explains of a trace. */
  let held: unknown = []
  const explore = () =>
    startExplore(
      {
        now: () => NOW,
        readBook: async () => createPriceBook([price], 'g7'),
        readHours: async () => ({ rows: [], parked: [] }),
        readStates: async () => [],
        readFlags: async () => [],
      },
      { 'GET /v1/explain': async () => jsonAnswer(held) },
    )

  it('explains a file by its prices, and says whose they are', async () => {
    const system = await explore()
    const { out, error } = await runTollgate(['explain', OTLP, '--url', system.url])
    system.close()
    expect(error).toBe(`system: ${system.url}\n`)
    expect(out).toContain('unit price  $0.0000009 a request\n')
    expect(out).toContain(`book [1]: ${system.url}, generation g7`)
  })

  it('explains a trace that it holds, and does not call for a region that has prices there', async () => {
    const prices = file('half.json', [{ sku: 'aws/lambda/request@us-east-1', usd: '0.0000003' }])
    const [parked] = await json([OTLP, '--span', 'eee19b7ec3c1b174', '--prices', prices])
    const elsewhere = { ...parked.parked[0], sku: 'aws/lambda/gb-second/x86_64@eu-south-1' }
    held = [{ ...parked, parked: [...parked.parked, elsewhere] }]
    const system = await explore()
    const { out } = await runTollgate(['explain', '--trace', TRACE, '--url', system.url])
    system.close()
    expect(out).toContain('aws/lambda/gb-second/x86_64@us-east-1')
    expect(out.match(/"pricedRegions": .*/g)).toEqual(['"pricedRegions": ["eu-south-1"]'])
  })

  it('takes no prices of files beside those of the system, and has no spans to explain where it is deployed', async () => {
    const both = await runTollgate(['explain', OTLP, '--url', 'http://127.0.0.1:1', '--region', 'us-east-1'])
    expect([both.code, inOneLine(both.error)]).toEqual([2, expect.stringContaining('leave out those of files')])
    const none = await runTollgate(['explain', '--stack', 'tollgate'])
    expect([none.code, inOneLine(none.error)]).toEqual([2, expect.stringContaining('keeps no spans: name files')])
  })
})

describe('docs/explain.md', () => {
  it('shows what the command prints', () => {
    const shown = PAGE.slice(0, PAGE.indexOf('\n\nCannot be booked'))
    expect(readFileSync(join(import.meta.dirname, '../../../docs/explain.md'), 'utf8')).toContain(shown)
  })
})

describe('tollgate explain', () => {
  it('prints a page of 80 columns, the same from standard input, packed or not', async () => {
    expect(await runTollgate(['explain', '-'], JSON.stringify(request))).toEqual({ code: 0, out: PAGE, error: '' })
    const packed = await runTollgate(['explain', '-'], gzipSync(JSON.stringify(request)))
    expect(packed.out).toBe(PAGE)
    expect(Math.max(...PAGE.split('\n').map((line) => line.length))).toBe(80)
  })

  it('prints the exact figures of a Lambda of 512 MB and a second as JSON', async () => {
    const common = { multiplier: '1', source: 'snapshot' }
    expect(await json([OTLP, '--span', 'eee19b7ec3c1b174'])).toMatchObject([
      {
        traceId: TRACE,
        spanId: 'eee19b7ec3c1b174',
        service: 'prod/thumbnails',
        operation: 'resize',
        charged: true,
        rule: 'entry',
        lines: [
          {
            sku: 'aws/lambda/request@us-east-1',
            quantity: '1',
            unit: 'request',
            unitPriceUsd: '0.0000002',
            usd: '0.0000002',
            ...common,
          },
          {
            sku: 'aws/lambda/gb-second/x86_64@us-east-1',
            quantity: '0.5',
            unit: 'GB-second',
            unitPriceUsd: '0.0000166667',
            usd: '0.00000833335',
            ...common,
          },
        ],
        parked: [],
        totalUsd: '0.00000853335',
      },
    ])
  })

  it('has an entry for everything in the file: charged, not charged and dead', async () => {
    const entries: { rule: string; charged: boolean; from: string }[] = await json([OTLP])
    expect(entries.map(({ rule, charged }) => [rule, charged])).toEqual([
      ['entry', true],
      ['unmetered:aws.dynamodb.consumed_capacity', false],
      ['inner', false],
      ['dead-letter:invalid_trace_id', false],
    ])
  })

  it('names the line of a JSON-lines file, and reads plain records and other things as what they are', async () => {
    const plain = { trace_id: 'a', service: 's', operation: 'GET /x/1', cost_amount: '0.25', timestamp: 1795000001000 }
    const lines = file('mixed.jsonl', `${JSON.stringify(plain)}\n{"resourceLogs":[]}\nbroken\n`)
    expect(await json([lines])).toMatchObject([
      { from: `${lines}:1`, traceId: 'a', service: 's', rule: 'declared', totalUsd: '0.25' },
      { from: `${lines}:2`, rule: 'dead-letter:wrong_signal' },
      { from: `${lines}:3`, rule: 'dead-letter:truncated' },
    ])
  })

  it('finds a span by the beginning of its ids; where none has them it ends with 1', async () => {
    expect(await json([OTLP, '--trace', TRACE.slice(0, 8).toUpperCase()])).toHaveLength(3)
    expect(await runTollgate(['explain', OTLP, '--trace', 'ffff'])).toEqual({
      code: 1,
      out: '',
      error: 'tollgate: none of the 4 spans read has that id; without --trace and --span all\nof them are explained\n',
    })
  })

  it('takes the region of spans that name none, rates, multipliers and other prices', async () => {
    const bare = structuredClone(request)
    bare.resourceSpans[0]?.resource.attributes.splice(3)
    const shop = file('shop.json', bare)
    const rates = file('rates.json', [{ service: 'prod/thumbnails', usdPerMs: '0.0000021' }])
    expect(await json([shop, '--rates', rates])).toMatchObject([
      {
        lines: [{ sku: 'rate/prod/thumbnails/*', quantity: '1000', unit: 'ms', source: 'configured', usd: '0.0021' }],
      },
      {},
      {},
      {},
    ])
    const configuration = file('cdk.json', {
      app: 'node infra/app.ts',
      context: {
        tollgate: {
          rates: [{ service: '*', usdPerMs: '0.0000021' }],
          multipliers: [{ sku: 'rate/*', multiplier: '0.5' }],
        },
      },
    })
    expect(await json([shop, '--configuration', configuration])).toMatchObject([
      { lines: [{ multiplier: '0.5', usd: '0.00105' }] },
      {},
      {},
      {},
    ])
    const call = structuredClone(bare)
    call.resourceSpans[0]?.scopeSpans[0]?.spans.splice(
      0,
      4,
      span('eee19b7ec3c1b175', 'SQS.SendMessage', {
        kind: 3,
        attributes: [text('rpc.system', 'aws-api'), text('rpc.service', 'SQS'), text('rpc.method', 'SendMessage')],
      }),
    )
    const prices = file('prices.json', { 'aws/sqs/request/standard@eu-south-1': '0.00000042' })
    expect(await json([file('sqs.json', call), '--region', 'eu-south-1', '--prices', prices])).toMatchObject([
      {
        lines: [{ sku: 'aws/sqs/request/standard@eu-south-1', unitPriceUsd: '0.00000042', source: 'file' }],
        assumed: ['chunks=1', 'region=eu-south-1'],
      },
    ])
  })

  it('a file of prices takes the place of the bundled ones: what it lacks is parked', async () => {
    const prices = file('request-only.json', [{ sku: 'aws/lambda/request@us-east-1', usd: '0.0000003' }])
    expect(await json([OTLP, '--span', 'eee19b7ec3c1b174', '--prices', prices])).toMatchObject([
      {
        lines: [{ sku: 'aws/lambda/request@us-east-1', usd: '0.0000003' }],
        parked: [{ sku: 'aws/lambda/gb-second/x86_64@us-east-1', quantity: '0.5', unit: 'GB-second', why: 'missing' }],
        totalUsd: '0.0000003',
      },
    ])
  })

  it('lets no escape sequence of a span reach the terminal', async () => {
    const evil = structuredClone(request)
    evil.resourceSpans[0]?.scopeSpans[0]?.spans.splice(0, 4, span('eee19b7ec3c1b174', '\u001b[31mred', { kind: 2 }))
    const { out } = await runTollgate(['explain', '-'], JSON.stringify(evil))
    expect(out).not.toContain('\u001b')
  })

  it.each<[string, readonly string[], number, string]>([
    ['no file', ['explain'], 2, 'name files to explain'],
    ['a missing file', ['explain', join(folder, 'none.json')], 1, 'there is no such file'],
    ['no region', ['explain', OTLP, '--region', 'Ireland'], 2, '--region takes the code of an AWS region'],
    ['prices that are none', ['explain', OTLP, '--prices', OTLP], 1, 'it holds no prices: write {'],
    [
      'a configuration that is none',
      ['explain', OTLP, '--configuration', OTLP],
      1,
      'Unrecognized key: "resourceSpans"',
    ],
    ['rates that are none', ['explain', OTLP, '--rates', OTLP], 1, 'it is no list of rates'],
  ])('ends with its code and says what to do: %s', async (_, args, code, message) => {
    const ran = await runTollgate(args)
    expect({ code: ran.code, out: ran.out }).toEqual({ code, out: '' })
    expect(inOneLine(ran.error)).toContain(message)
  })
})
