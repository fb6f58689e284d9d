/** What an ADOT layer does for a function, told by NODE_OPTIONS: an SDK, a span around the handler, exported before the answer. */
import { SpanKind, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, AWS_REGION: region } = process.env
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({
    'service.name': name,
    'cloud.platform': 'aws_lambda',
    'cloud.region': region,
    'faas.max_memory': Number(memory) * 2 ** 20,
    'host.arch': 'arm64',
  }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
provider.register()

export const instrumented = (handler) => (event, context) =>
  trace.getTracer('adot').startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
    try {
      return await handler(event, context)
    } finally {
      span.end()
      await provider.forceFlush()
    }
  })
