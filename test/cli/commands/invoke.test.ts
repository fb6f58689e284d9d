import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invocation } from '../../../cli/invoke/invoke.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const DATA = fileURLToPath(new URL('../../../../shared/data/events/', import.meta.url))

/** Prices of one region: those of all take half a second a start. */
let folder: string
let configured: readonly string[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tollgate-invoke-'))
  const file = join(folder, 'configuration.json')
  await writeFile(file, JSON.stringify({ pricedRegions: ['us-east-1'] }))
  configured = ['--configuration', file]
})
afterAll(() => rm(folder, { recursive: true }))

const plainRecord = { trace_id: '1', service: 'shop', operation: '/orders/7', cost_amount: 0.25, timestamp: 0 }

function eventOf(...values: readonly string[]): string {
  const timestamp = Date.now()
  const records = values.map((value, offset) => ({
    topic: 'spans',
    partition: 3,
    offset,
    timestamp,
    timestampType: 'CREATE_TIME',
    value: Buffer.from(value.replace('"timestamp":0', `"timestamp":${timestamp}`)).toString('base64'),
    headers: [],
  }))
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u',
    records: { 'spans-3': records },
  })
}

async function invoke(event: string): Promise<Invocation> {
  const { code, out, error } = await runTollgate(['invoke', '--json', ...configured, 'attribute-spans', '-'], event)
  expect({ code, error }).toEqual({ code: 0, error: '' })
  return JSON.parse(out) as Invocation
}

describe('tollgate invoke', () => {
  it('prints the rows that an event wrote, its dead letters and what is to be delivered again', async () => {
    const invocation = await invoke(eventOf(JSON.stringify(plainRecord), 'no spans'))
    expect(invocation.rows).toEqual([
      expect.objectContaining({
        service: 'shop',
        commit: 'unknown',
        fence: 0,
        usd: '0.25',
        operations: [{ operation: '/orders/*', spans: 1, usd: '0.25' }],
        outcomes: [{ outcome: 'booked', spans: 1 }],
      }),
    ])
    expect(invocation.deadLetters).toEqual([
      expect.objectContaining({ reason: 'undecodable', topic: 'spans', partition: 3, offset: 1, spans: 1 }),
    ])
    expect(invocation.batchItemFailures).toEqual([])
  })

  it.each([
    [['invoke', 'no-such-function', '-'], '{}', 2, 'there is no function "no-such-function": there are refresh-prices'],
    [['invoke', 'attribute-spans', '-'], 'text', 2, 'standard input is no JSON'],
    [['invoke', 'attribute-spans', '/no/such.json'], '', 2, 'cannot read /no/such.json: ENOENT'],
    [['invoke', 'attribute-spans', '-'], '{"Records":[{"eventSource":"aws:sqs"}]}', 1, 'this one is of "aws:sqs"'],
  ])('says what is wrong with %j', async (args, input, code, message) => {
    const ran = await runTollgate([...args, ...configured], input)
    expect(ran.code).toBe(code)
    expect(inOneLine(ran.error)).toContain(message)
  })
})

describe.skipIf(!existsSync(DATA))(
  'events as Lambda delivers them (skipped where the shared data is not there)',
  () => {
    it.each([
      ['aws-lambda-go-kafka-event.json', 1],
      ['datadog-msk-event-with-headers.json', 1],
      ['powertools-kafka-avro.json', 3],
      ['powertools-kafka-default.json', 3],
    ])('%s ends as dead letters with their reason', async (name, letters) => {
      const { code, out } = await runTollgate(['invoke', '--json', ...configured, 'attribute-spans', `${DATA}${name}`])
      expect(code).toBe(0)
      const invocation = JSON.parse(out) as Invocation
      expect(invocation.deadLetters).toHaveLength(letters)
      expect(invocation.batchItemFailures).toEqual([])
    })
  },
)
