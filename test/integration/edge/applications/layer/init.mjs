/** As OpenTelemetry's and ADOT's layers do it: an SDK of the layer's own copy, registered before the function is loaded. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory, AWS_REGION: region } = process.env
const resource = resourceFromAttributes({
  'service.name': name,
  'cloud.platform': 'aws_lambda',
  'cloud.region': region,
  'faas.max_memory': Number(memory) * 2 ** 20,
  'host.arch': 'arm64',
})
new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] }).register()
