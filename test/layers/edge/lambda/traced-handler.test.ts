import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Handler } from '../../../../layers/edge/lambda/load-handler.ts'
import { tracedHandler } from '../../../../layers/edge/lambda/traced-handler.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const CONTEXT = {
  functionName: 'orders',
  awsRequestId: 'r-1',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:1:function:orders',
}
let flushed: number
const traced = (handler: Handler) =>
  tracedHandler(handler, {
    tracer: provider.getTracer('test'),
    flush: async () => {
      flushed += exporter.getFinishedSpans().length
    },
  })

beforeAll(() => provider.register())
beforeEach(() => {
  exporter.reset()
  flushed = 0
})

const one = () => exporter.getFinishedSpans()[0] ?? never()

describe('a handler with a span around it', () => {
  it('answers as before, after its span is exported', async () => {
    expect(await traced(async (event) => ({ event }))({ id: 1 }, CONTEXT)).toEqual({ event: { id: 1 } })
    expect(flushed).toBe(1)
    expect(one()).toMatchObject({ name: 'orders', kind: SpanKind.SERVER, parentSpanContext: undefined })
    expect(one().attributes).toEqual({
      'faas.invocation_id': 'r-1',
      'cloud.resource_id': CONTEXT.invokedFunctionArn,
      'faas.coldstart': true,
    })
  })

  it('is cold once', async () => {
    const handler = traced(() => 'done')
    await handler({}, CONTEXT)
    await handler({}, CONTEXT)
    expect(exporter.getFinishedSpans().map(({ attributes }) => attributes['faas.coldstart'])).toEqual([true, false])
  })

  it('belongs to the trace of its request', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const headers = { Traceparent: `00-${traceId}-b7ad6b7169203331-01` }
    const event = { rawPath: '/orders/7', requestContext: { http: { method: 'GET' } }, headers }
    await traced(() => ({ statusCode: 502 }))(event, CONTEXT)
    expect(one().spanContext().traceId).toBe(traceId)
    expect(one().parentSpanContext).toMatchObject({ spanId: 'b7ad6b7169203331', isRemote: true })
    expect(one().attributes).toMatchObject({ 'http.request.method': 'GET', 'http.response.status_code': 502 })
    expect(one().status.code).toBe(SpanStatusCode.ERROR)
  })

  it('fails as before', async () => {
    const failing = traced(async () => {
      throw new TypeError('no such order')
    })
    await expect(failing({}, CONTEXT)).rejects.toThrow(new TypeError('no such order'))
    expect(one().status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such order' })
    expect(flushed).toBe(1)
  })

  it('keeps the marks that the runtime reads, and its stream', async () => {
    const streaming = Symbol.for('aws.lambda.runtime.handler.streaming')
    const own: Handler = async (event, stream, context) => [event, stream, context]
    Object.defineProperty(own, streaming, { value: 'response' })
    const handler = traced(own)
    expect(Reflect.get(handler, streaming)).toBe('response')
    expect(await handler('event', 'stream', CONTEXT)).toEqual(['event', 'stream', CONTEXT])
    expect(one().name).toBe('orders')
  })

  it('comes back as it is where it has a callback', () => {
    const own: Handler = (_event, _context, _callback) => undefined
    expect(traced(own)).toBe(own)
  })
})

function never(): never {
  throw new Error('no span was exported')
}
