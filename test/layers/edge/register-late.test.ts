import { SpanKind, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { expect, it } from 'vitest'

it('the edge joins a tracer provider that was registered before it was loaded', async () => {
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'orders'
  const exporter = new InMemorySpanExporter()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
  await import('../../../layers/edge/register.ts')
  trace.getTracer('test').startSpan('GET /cart', { kind: SpanKind.SERVER }).end()
  expect(exporter.getFinishedSpans()[0]?.attributes).toEqual({ 'cost.error': 'no-book:not-configured' })
  delete process.env.AWS_LAMBDA_FUNCTION_NAME
})
