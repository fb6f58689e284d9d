/**
 * OpenTelemetry as a team sets it up, loaded before the application: OpenTelemetry's own variables, the HTTP instrumentation, a batch
 * processor. Nothing here knows of Tollgate.
 */
import { register } from 'node:module'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include: ['http', 'node:http'] } })
const provider = new NodeTracerProvider({
  resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
})
provider.register()
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] })
process.once('SIGTERM', () => provider.shutdown().finally(() => process.exit(0)))
