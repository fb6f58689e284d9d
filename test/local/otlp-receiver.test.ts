import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { SpanStatusCode } from '@opentelemetry/api'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { systemClock } from '../../local/clock.ts'
import type { LoopbackServer } from '../../local/http.ts'
import { openLog, type PartitionedLog } from '../../local/log/log.ts'
import { LogFull, type LogRecord } from '../../local/log/record.ts'
import { startOtlpReceiver } from '../../local/otlp-receiver.ts'

const MEBIBYTE = 1024 * 1024
const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json' }
const decode = (value: Uint8Array, at: EpochMs) => decodeRecord(value, at, parseUsd('100'))

const recordsOf = (log: PartitionedLog): LogRecord[] =>
  Array.from({ length: log.partitions }, (_, partition) => log.read(partition, 0, 100)).flat()

function exportRequest(endMs: number): string {
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: `${endMs - 5}000000`,
    endTimeUnixNano: `${endMs}000000`,
  }
  const attributes = [{ key: 'service.name', value: { stringValue: 'cart' } }]
  return JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] })
}

/** google.rpc.Status in protobuf, of fewer than 128 characters: the code, and the message. */
function readStatus(bytes: Buffer): { code: number | undefined; message: string } {
  expect([bytes[0], bytes[2]]).toEqual([0x08, 0x12])
  return { code: bytes[1], message: bytes.subarray((bytes[3] ?? 0) > 0x7f ? 5 : 4).toString() }
}

describe('the OTLP receiver', () => {
  let log: PartitionedLog
  let receiver: LoopbackServer
  beforeEach(async () => {
    log = await openLog('otlp_spans')
    receiver = await startOtlpReceiver({ log, decode, clock: systemClock() })
  })
  afterEach(() => receiver.close())

  const post = (path: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) =>
    fetch(`${receiver.url}${path}`, { method: 'POST', headers, body })

  it('appends the bytes as they came, and answers JSON with JSON', async () => {
    const body = exportRequest(Date.now())
    const response = await post('/v1/traces', { 'content-type': 'application/json; charset=utf-8' }, body)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe('{}')
    const [record] = recordsOf(log)
    expect(Buffer.from(record?.value ?? []).toString()).toBe(body)
    expect(record?.key).toBeUndefined()
  })

  it('appends gzip decompressed', async () => {
    const body = exportRequest(Date.now())
    const response = await post(
      '/v1/traces',
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      new Uint8Array(gzipSync(body)),
    )
    expect(response.status).toBe(200)
    expect(Buffer.from(recordsOf(log)[0]?.value ?? []).toString()).toBe(body)
  })

  it('answers an empty protobuf request with an empty message, and appends nothing', async () => {
    const response = await post('/v1/traces', PROTOBUF, new Uint8Array())
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
    expect((await response.arrayBuffer()).byteLength).toBe(0)
    expect(recordsOf(log)).toEqual([])
  })

  it.each([
    ['text that is no JSON', JSON_TYPE, '{"resourceSpans": ['],
    ['an empty body said to be JSON', JSON_TYPE, ''],
    ['JSON that is no export request', JSON_TYPE, '{"hello": 1}'],
    ['an export request of logs', JSON_TYPE, '{"resourceLogs": []}'],
    ['JSON said to be protobuf', PROTOBUF, '{"resourceSpans": []}'],
    ['protobuf that ends early', PROTOBUF, '\x0a\x7f\x01'],
    ['a body that says gzip and is not', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}'],
  ])('refuses %s with 400 and a status in the same encoding', async (_, headers, body) => {
    const response = await post('/v1/traces', headers, body)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe(headers['content-type'])
    const answer = Buffer.from(await response.arrayBuffer())
    const status = headers === PROTOBUF ? readStatus(answer) : JSON.parse(answer.toString())
    expect(status.code).toBe(3)
    expect(status.message).not.toBe('')
    expect(recordsOf(log)).toEqual([])
  })

  it('takes a request of which one span is broken: that is for the dead letters', async () => {
    const { resourceSpans } = JSON.parse(exportRequest(Date.now()))
    resourceSpans[0].scopeSpans[0].spans.push({ traceId: 'no hex' })
    const response = await post('/v1/traces', JSON_TYPE, JSON.stringify({ resourceSpans }))
    expect(response.status).toBe(200)
    expect(recordsOf(log)).toHaveLength(1)
  })

  it.each([
    ['metrics', '/v1/metrics', 404, 'takes traces only'],
    ['logs', '/v1/logs', 404, 'takes traces only'],
    ['anything else', '/', 404, '/v1/traces'],
  ])('answers %s with 404 and says what it takes', async (_, path, status, message) => {
    const response = await post(path, JSON_TYPE, '{}')
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(message) })
    const inKind = await post(path, PROTOBUF, new Uint8Array())
    expect(readStatus(Buffer.from(await inKind.arrayBuffer())).message).toContain(message)
  })

  it('answers GET with 405, and other media types and compressions with 415', async () => {
    const get = await fetch(`${receiver.url}/v1/traces`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post('/v1/traces', { 'content-type': 'text/plain' }, 'x')).status).toBe(415)
    expect((await post('/v1/traces', { ...JSON_TYPE, 'content-encoding': 'br' }, 'x')).status).toBe(415)
  })

  it('refuses more than 64 MiB with 413, compressed or not', async () => {
    const large = new Uint8Array(64 * MEBIBYTE + 1)
    expect((await post('/v1/traces', PROTOBUF, large)).status).toBe(413)
    const bomb = new Uint8Array(gzipSync(large))
    expect(bomb.length).toBeLessThan(MEBIBYTE)
    expect((await post('/v1/traces', { ...PROTOBUF, 'content-encoding': 'gzip' }, bomb)).status).toBe(413)
    expect(recordsOf(log)).toEqual([])
  })

  it('asks to send again when the log cannot take it', async () => {
    const full = { ...log, append: async () => Promise.reject(new LogFull(0)) }
    const blocked = await startOtlpReceiver({ log: full, decode, clock: systemClock() })
    const url = `${blocked.url}/v1/traces`
    const response = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: exportRequest(Date.now()) })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.json()).toMatchObject({ code: 14 })
    await blocked.close()
  })

  describe('for plain records', () => {
    const plain = (operation: string) =>
      JSON.stringify({ trace_id: 't', service: 'cart', operation, cost_amount: 0.002, timestamp: Date.now() })

    it('appends one record a line', async () => {
      const response = await post('/v1/records', {}, `${plain('a')}\n\n${plain('b')}\n`)
      expect([response.status, await response.json()]).toEqual([200, { accepted: 2 }])
      expect(recordsOf(log)).toHaveLength(2)
    })

    it('appends one object, over as many lines as it likes', async () => {
      const pretty = JSON.stringify(JSON.parse(plain('a')), null, 2)
      expect((await post('/v1/records', JSON_TYPE, pretty)).status).toBe(200)
      expect(recordsOf(log)).toHaveLength(1)
    })

    it('takes none where one cannot be read, and names it', async () => {
      const response = await post('/v1/records', {}, `${plain('a')}\n{"no": "record"}\n`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ message: expect.stringContaining('record 2 ') })
      expect(recordsOf(log)).toEqual([])
    })

    it.each([
      ['a time in seconds', { timestamp: 1_795_000_000 }, 'not an integer of epoch milliseconds'],
      ['a time of last month', { timestamp: Date.now() - 30 * 86_400_000 }, '7 days behind'],
      ['a negative cost', { cost_amount: -1 }, 'invalid_cost, cost_amount is negative'],
    ])('takes none where one could not be booked: %s', async (_, wrong, message) => {
      const record = JSON.stringify({ ...JSON.parse(plain('b')), ...wrong })
      const response = await post('/v1/records', {}, `${plain('a')}\n${record}\n`)
      expect(response.status).toBe(400)
      const told = ((await response.json()) as { message: string }).message
      expect(told).toMatch(/^record 2 cannot be booked: .*; none was taken$/)
      expect(told).toContain(message)
      expect(recordsOf(log)).toEqual([])
    })
  })

  it.each([
    ['protobuf', ProtobufExporter],
    ['JSON', JsonExporter],
  ])("takes the spans of OpenTelemetry's own %s exporter", async (_, Exporter) => {
    const exporter = new Exporter({ url: `${receiver.url}/v1/traces` })
    const resource = resourceFromAttributes({ 'service.name': 'cart', 'service.version': '1.2.3' })
    const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] })
    const tracer = provider.getTracer('test')
    for (const name of ['GET /cart', 'GET /checkout']) {
      tracer
        .startSpan(name, { attributes: { 'http.route': '/cart' } })
        .setStatus({ code: SpanStatusCode.OK })
        .end()
    }
    await provider.shutdown()
    const [record] = recordsOf(log)
    const { spans, dead } = decode(record?.value ?? new Uint8Array(), record?.timestampMs ?? (0 as EpochMs))
    expect(dead).toEqual([])
    expect(spans.map((span) => [span.resource.service, span.name])).toEqual([
      ['cart', 'GET /cart'],
      ['cart', 'GET /checkout'],
    ])
  })
})

const files = new URL('../../../shared/data/otlp/', import.meta.url)
describe.skipIf(!existsSync(files))('the OTLP receiver and real exports (needs the shared data folder)', () => {
  it('takes every export in the folder, as JSON or protobuf', async () => {
    const log = await openLog('otlp_spans')
    const receiver = await startOtlpReceiver({ log, decode, clock: systemClock() })
    const names = readdirSync(files).filter((name) => /\.(json|binpb)$/.test(name))
    for (const name of names) {
      const headers = name.endsWith('.json') ? JSON_TYPE : PROTOBUF
      const body = new Uint8Array(readFileSync(new URL(name, files)))
      const response = await fetch(`${receiver.url}/v1/traces`, { method: 'POST', headers, body })
      expect([name, response.status]).toEqual([name, 200])
    }
    expect(recordsOf(log)).toHaveLength(names.length)
    await receiver.close()
  })
})
