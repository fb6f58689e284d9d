import { createServer } from 'node:http'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { edge } from '../../../layers/edge/process-edge.ts'
import { activeTraceId, untraced } from '../../../layers/edge/telemetry/api-globals.ts'
import { joinProvider } from '../../../layers/edge/telemetry/join-provider.ts'
import { flagOf, serveDocuments } from './stage.ts'

const resource = resourceFromAttributes({ 'service.name': 'checkout' })
const exporter = new InMemorySpanExporter()
let documents: Awaited<ReturnType<typeof serveDocuments>>

beforeAll(async () => {
  documents = await serveDocuments([flagOf('checkout', 0, ['GET /healthz'])])
  process.env.TOLLGATE_URL = documents.url
  process.env.TOLLGATE_GATE = 'on'
  await import('../../../layers/edge/register.ts')
})

afterAll(() => {
  edge().stop()
  documents.close()
  delete process.env.TOLLGATE_URL
  delete process.env.TOLLGATE_GATE
})

afterEach(() => exporter.reset())

const one = (): ReadableSpan => {
  const [span] = exporter.getFinishedSpans()
  if (span === undefined) throw new Error('no span was exported')
  return span
}

describe('a process that is started with --import @tollgate/edge/register', () => {
  it('asks for nothing before it registers a tracer provider, and has costs on its spans then', async () => {
    expect(documents.asked).toEqual([])
    const early = trace.getTracer('before')
    new NodeTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
    await edge().refresh()
    early.startSpan('GET /cart', { kind: SpanKind.SERVER }).end()
    expect(one().attributes).toMatchObject({ 'cost.currency': 'USD', 'cost.pricing_region': 'us-east-1' })
    expect(documents.asked.length).toBeGreaterThan(0)
  })

  it('refuses what its flag refuses before a listener sees it, where TOLLGATE_GATE is on', async () => {
    const server = createServer((_, response) => response.end('served'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const answer = async (path: string) => (await fetch(`http://127.0.0.1:${address.port}${path}`)).status
    expect([await answer('/cart'), await answer('/healthz')]).toEqual([429, 200])
    server.closeAllConnections()
    server.close()
  })

  it('has one edge, however often it is asked for', () => {
    expect(edge()).toBe(edge({ url: 'http://127.0.0.1:1' }))
  })

  it('knows the trace that is active, and runs its own requests outside of it', () => {
    expect(activeTraceId()).toBeUndefined()
    trace.getTracer('test').startActiveSpan('outer', (outer) => {
      expect(activeTraceId()).toBe(outer.spanContext().traceId)
      untraced(() => trace.getTracer('test').startSpan('hidden').end())
      outer.end()
    })
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['outer'])
    expect(context.active().getValue(Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING'))).toBeUndefined()
  })
})

describe('a tracer provider', () => {
  it('is joined once', () => {
    const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] })
    expect([1, 2].map(() => joinProvider(provider, edge().processor))).toEqual(['joined', 'joined'])
    provider.getTracer('test').startSpan('work').end()
    expect(one().attributes['cost.amount_exact']).toBeDefined()
  })

  it.each([
    [
      'of an SDK that has no onEnding',
      { getTracer: () => {}, _activeSpanProcessor: { _spanProcessors: [] } },
      'no-hook',
    ],
    ['of somebody else', { getTracer: () => {} }, 'not-an-sdk'],
  ])('%s is left alone', (_, provider, answer) => {
    expect(joinProvider(provider as unknown as BasicTracerProvider, edge().processor)).toBe(answer)
  })
})
