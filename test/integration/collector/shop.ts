/**
 * A small service as anyone would write it: the OpenTelemetry SDK, configured by its standard environment variables
 * alone. It answers `REQUESTS` requests in the past minute, with what an instrumented HTTP server and AWS SDK record of them,
 * and ends when all spans are exported.
 */
import { SpanKind, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const provider = new NodeTracerProvider({
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
provider.register()
const tracer = trace.getTracer('shop')

const start = Date.now() - 60_000
for (let i = 0; i < Number(process.env.REQUESTS); i += 1) {
  const attributes = {
    'http.request.method': 'GET',
    'url.path': `/users/${i}/orders/0b8f2f63-5f7a-4a0e-9b0c-3f1d2a6f${String(i).padStart(4, '0')}`,
    'url.query': 'token=s3cret',
    'http.target': `/mail/someone+${i}@example.com?token=s3cret`,
  }
  tracer.startActiveSpan('GET', { kind: SpanKind.SERVER, attributes, startTime: start + i }, (request) => {
    const call = tracer.startSpan('DynamoDB.GetItem', {
      kind: SpanKind.CLIENT,
      startTime: start + i,
      attributes: {
        'rpc.system': 'aws-api',
        'rpc.service': 'DynamoDB',
        'rpc.method': 'GetItem',
        'cloud.region': 'us-east-1',
        'aws.dynamodb.table_names': ['orders'],
        'aws.dynamodb.consumed_capacity': [JSON.stringify({ TableName: 'orders', CapacityUnits: 2 })],
      },
    })
    call.end(start + i + 5)
    request.end(start + i + 10)
  })
}
await provider.shutdown()
