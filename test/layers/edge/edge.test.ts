import { SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { explainSpan } from '../../../layers/core/explain/explain-span.ts'
import { admits } from '../../../layers/core/flags/admission.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import { createEdge } from '../../../layers/edge/edge.ts'
import { edgeSettings } from '../../../layers/edge/settings.ts'
import { makeCostExporter } from '../../../layers/edge/span/cost-exporter.ts'
import type { EndingSpan } from '../../../layers/edge/span/ending-span.ts'
import { readResource, readSpan } from '../../../layers/edge/span/read-span.ts'
import { BOOK, flagOf, NOW, RULES, serveDocuments, VALID_UNTIL } from './stage.ts'
import { type Planned, traceSpans, traceStateOf } from './traced.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A process: its clocks, its environment, and what it logs. */
async function edgeOn(url: string, environment: Record<string, string> = {}) {
  const machine = { wall: NOW as number, monotonic: 0, lines: [] as string[] }
  const settings = edgeSettings({ url, log: (line) => machine.lines.push(line) }, environment)
  const clocks = { wallMs: () => machine.wall, monotonicMs: () => machine.monotonic }
  const edge = createEdge(settings, { environment, clocks, random: () => 0 })
  closing.push(edge.stop)
  return { edge, machine }
}

async function stage(...given: Parameters<typeof serveDocuments>) {
  const documents = await serveDocuments(...given)
  closing.push(documents.close)
  return documents
}

const ENTRY: Planned = { kind: SpanKind.SERVER, startMs: NOW - 250, durationMs: 250 }
const QUERY: Planned = { kind: SpanKind.CLIENT, parent: { isRemote: false }, startMs: NOW - 100, durationMs: 3 }
const AWS = { 'rpc.system': 'aws-api', 'cloud.region': 'us-east-1' }
const PUT: Planned = { ...QUERY, attributes: { ...AWS, 'rpc.service': 'S3', 'rpc.method': 'PutObject' } }

/** The `cost.*` attributes of each span. */
const costsOf = (spans: readonly ReadableSpan[]): readonly Record<string, unknown>[] =>
  spans.map(({ attributes }) =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith('cost.'))),
  )

describe('spans that pass an edge', () => {
  it('carry their cost where they are charged, and nothing where they are not', async () => {
    const { edge } = await edgeOn((await stage()).url)
    await edge.refresh()
    expect(costsOf(traceSpans([ENTRY, QUERY, PUT], [edge.processor]))).toEqual([
      {
        'cost.amount': 0.000525,
        'cost.amount_exact': '0.000525',
        'cost.currency': 'USD',
        'cost.pricing_region': 'us-east-1',
        'cost.duration_ms': 250,
      },
      {},
      {
        'cost.amount': 0.000005,
        'cost.amount_exact': '0.000005',
        'cost.currency': 'USD',
        'cost.pricing_region': 'us-east-1',
        'cost.duration_ms': 3,
      },
    ])
  })

  it('agree with what the ledger calls the drift of the edge: none', async () => {
    const { edge } = await edgeOn((await stage()).url)
    await edge.refresh()
    const sampled = { ...ENTRY, parent: { isRemote: true, traceState: traceStateOf('ot=th:c') } }
    const context = compileRating(RULES.rating, RULES.rates)
    for (const span of traceSpans([ENTRY, PUT, sampled], [edge.processor])) {
      const read = readSpan(span as unknown as EndingSpan, readResource(span.resource.attributes))
      if (read === undefined) throw new Error('the ledger would refuse it')
      const { declared } = explainSpan(read, context, BOOK, NOW)
      expect(declared?.usd).toBe(declared?.ratedUsd)
      expect(declared?.usd).toBe(span.attributes['cost.amount_exact'])
    }
  })

  it('say that there is no book yet before the first one has come, and why none comes', async () => {
    const documents = await stage()
    documents.instead = (_, response) => void response.writeHead(503).end()
    const { edge } = await edgeOn(documents.url)
    const errorOf = () => costsOf(traceSpans([ENTRY], [edge.processor]))
    expect(errorOf()).toEqual([{ 'cost.error': 'no-book:not-yet' }])
    await edge.refresh()
    expect(errorOf()).toEqual([{ 'cost.error': 'no-book:status-503' }])
  })

  it('say that the price is stale, and why no newer one came, instead of an old amount', async () => {
    const documents = await stage()
    const { edge, machine } = await edgeOn(documents.url)
    await edge.refresh()
    machine.monotonic += VALID_UNTIL - NOW
    expect(costsOf(traceSpans([PUT], [edge.processor]))).toEqual([{ 'cost.error': 'stale:not-renewed' }])
    documents.instead = (_, response) => void response.end('<html>')
    await edge.refresh()
    expect(costsOf(traceSpans([PUT], [edge.processor]))).toEqual([{ 'cost.error': 'stale:unreadable' }])
    expect(costsOf(traceSpans([ENTRY], [edge.processor]))[0]).toMatchObject({ 'cost.amount_exact': '0.000525' })
  })

  it('say which price is missing', async () => {
    const { edge } = await edgeOn((await stage()).url)
    await edge.refresh()
    const elsewhere = resourceFromAttributes({ 'service.name': 'search', 'cloud.region': 'eu-west-1' })
    expect(costsOf(traceSpans([ENTRY], [edge.processor], elsewhere))).toEqual([
      { 'cost.error': 'missing:rate/search/*' },
    ])
  })

  it('say so while nobody knows yet where the service runs, and nothing goes wrong', async () => {
    const { edge } = await edgeOn((await stage()).url)
    await edge.refresh()
    const pending = resourceFromAttributes({ 'service.name': 'checkout' })
    Object.defineProperty(pending, 'asyncAttributesPending', { value: true })
    expect(costsOf(traceSpans([ENTRY], [edge.processor], pending))).toEqual([{ 'cost.error': 'resource-pending' }])
  })

  it('judge the age of prices by the clock of whoever serves them', async () => {
    const { edge, machine } = await edgeOn((await stage()).url)
    await edge.refresh()
    machine.wall = NOW + 86_400_000
    await edge.refresh()
    expect(costsOf(traceSpans([PUT], [edge.processor]))[0]).toMatchObject({ 'cost.amount_exact': '0.000005' })
  })

  it('end unharmed where the edge itself is at fault, which is logged once', async () => {
    const { edge, machine } = await edgeOn((await stage()).url)
    await edge.refresh()
    const faulty = { resource: { attributes: null } } as unknown as EndingSpan
    expect(edge.costOf(faulty)).toEqual({ 'cost.error': 'defect' })
    expect(edge.costOf(faulty)).toEqual({ 'cost.error': 'defect' })
    expect(machine.lines.filter((line) => line.includes('defect'))).toHaveLength(1)
  })

  it('get their cost from a wrapped exporter where the SDK has no onEnding, and it says so once', async () => {
    const { edge, machine } = await edgeOn((await stage()).url)
    await edge.refresh()
    const { onEnding: _, ...older } = edge.processor
    const spans = traceSpans([ENTRY, QUERY], [older])
    expect(costsOf(spans)).toEqual([{}, {}])
    const exported: ReadableSpan[] = []
    const exporter = makeCostExporter(
      { export: (batch) => void exported.push(...batch), shutdown: async () => {} },
      edge.costOf,
    )
    exporter.export([...spans], () => {})
    expect(costsOf(exported)).toEqual([expect.objectContaining({ 'cost.amount_exact': '0.000525' }), {}])
    expect(costsOf(spans)).toEqual([{}, {}])
    expect(exported[0]?.duration).toEqual(spans[0]?.duration)
    expect(exported[0]?.spanContext()).toEqual(spans[0]?.spanContext())
    expect(machine.lines.filter((line) => line.includes('costExporter'))).toHaveLength(1)
  })
})

const SERVICE = 'prod/checkout'
const ENVIRONMENT = { OTEL_SERVICE_NAME: 'checkout', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod' }
const traceparentOf = (number: number) => `00-${number.toString(16).padStart(32, '0')}-b7ad6b7169203331-01`
const REQUEST = { method: 'GET', path: '/cart/1?x=y', traceparent: undefined }

describe('requests that pass an edge', () => {
  it('are refused with why and for how long, as the gate refuses them', async () => {
    const { edge } = await edgeOn((await stage([flagOf(SERVICE, 0)])).url, ENVIRONMENT)
    await edge.refresh()
    const refused = edge.refusalOf(REQUEST)
    expect(refused).toMatchObject({ status: 429, headers: { 'x-tollgate-reason': 'burns 12 times its pace' } })
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(60)
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({ service: SERVICE, detail: 'burns 12 times its pace' })
  })

  it('are what flags are fetched for: who judges none asks for none', async () => {
    const documents = await stage([flagOf(SERVICE, 0)])
    const { edge } = await edgeOn(documents.url, ENVIRONMENT)
    edge.wake()
    await vi.waitFor(() => expect(documents.asked).toEqual(['/v1/prices/book']))
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
    await vi.waitFor(() => expect(edge.refusalOf(REQUEST)).toMatchObject({ status: 429 }))
    expect(documents.asked).toEqual(['/v1/prices/book', '/v1/flags'])
  })

  it('are admitted by their trace id, as everywhere', async () => {
    const flag = flagOf(SERVICE, 0.3)
    const { edge } = await edgeOn((await stage([flag])).url, ENVIRONMENT)
    await edge.refresh()
    for (let number = 1; number <= 200; number++) {
      const traceparent = traceparentOf(number)
      const isAdmitted = edge.refusalOf({ ...REQUEST, traceparent }) === undefined
      expect(isAdmitted).toBe(admits(flag, traceparent.slice(3, 35), NOW).admitted)
    }
  })

  it('are let through where the flag exempts them', async () => {
    const { edge } = await edgeOn((await stage([flagOf(SERVICE, 0, ['GET /healthz'])])).url, ENVIRONMENT)
    await edge.refresh()
    expect(edge.refusalOf({ ...REQUEST, path: '/healthz?deep' })).toBeUndefined()
    expect(edge.refusalOf({ ...REQUEST, method: 'POST', path: '/healthz' })).toMatchObject({ status: 429 })
  })

  it('are judged for the service that its spans name, and for another where that is said', async () => {
    const documents = await stage([flagOf('checkout', 0), flagOf('other', 0)])
    const { edge } = await edgeOn(documents.url, { OTEL_SERVICE_NAME: 'search' })
    await edge.refresh()
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
    expect(edge.refusalOf(REQUEST, 'other')).toMatchObject({ status: 429 })
    traceSpans([ENTRY], [edge.processor])
    expect(edge.refusalOf(REQUEST)).toMatchObject({ status: 429 })
  })

  it('are all admitted without flags, with flags that nobody confirmed for a minute, and once the flag is over', async () => {
    const documents = await stage([flagOf(SERVICE, 0)])
    const { edge, machine } = await edgeOn(documents.url, ENVIRONMENT)
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
    await edge.refresh()
    expect(edge.refusalOf(REQUEST)).toMatchObject({ status: 429 })
    documents.instead = (_, response) => void response.writeHead(500).end()
    machine.monotonic += 60_001
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
    documents.instead = undefined
    documents.now = NOW + 3_599_000
    await edge.refresh()
    expect(edge.refusalOf(REQUEST)).toMatchObject({ status: 429 })
    machine.monotonic += 1_000
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
  })
})

describe('an edge', () => {
  it('logs a line when a document goes out of reach and when it comes back, and none a request', async () => {
    const documents = await stage()
    const { edge, machine } = await edgeOn(documents.url)
    await edge.refresh()
    documents.instead = (_, response) => void response.writeHead(500).end()
    for (let time = 0; time < 3; time++) await edge.refresh()
    for (let number = 0; number < 50; number++) edge.refusalOf(REQUEST)
    documents.instead = undefined
    await edge.refresh()
    const lines = machine.lines.filter((line) => line.includes('prices'))
    expect(lines).toEqual(['tollgate edge: prices out of reach: status-500', 'tollgate edge: prices in reach'])
  })

  it('goes on where its log does not', async () => {
    const documents = await stage([flagOf(SERVICE, 0)])
    const log = () => {
      throw new Error('the disk is full')
    }
    const clocks = { wallMs: () => NOW, monotonicMs: () => 0 }
    const settings = edgeSettings({ url: documents.url, log }, ENVIRONMENT)
    const edge = createEdge(settings, { environment: ENVIRONMENT, clocks, random: () => 0 })
    closing.push(edge.stop)
    await edge.refresh()
    expect(edge.refusalOf(REQUEST)).toMatchObject({ status: 429 })
  })

  it('does nothing but say so where no address is configured in a Lambda function', async () => {
    const lines: string[] = []
    const environment = { AWS_LAMBDA_FUNCTION_NAME: 'orders' }
    const settings = edgeSettings({ log: (line) => lines.push(line) }, environment)
    const clocks = { wallMs: () => NOW, monotonicMs: () => 0 }
    const edge = createEdge(settings, { environment, clocks, random: () => 0 })
    expect(edge.refusalOf(REQUEST)).toBeUndefined()
    expect(costsOf(traceSpans([ENTRY], [edge.processor]))).toEqual([{ 'cost.error': 'no-book:not-configured' }])
    expect(lines).toEqual(['tollgate edge: set TOLLGATE_URL'])
  })
})
