import { type Tracer, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { invocationResource } from './invocation-resource.ts'

/** An SDK that runs. */
export interface Tracing {
  readonly tracer: Tracer
  /** Exports what has ended. Waits half a second at most, and not at all while an earlier export hangs. Never rejects. */
  flush(): Promise<void>
}

/** The Collector's extension is a few milliseconds away; one that is away itself must not hold up answers. */
const FLUSH_MS = 500

/**
 * Starts OpenTelemetry's SDK for a function that brings none: its standard variables (exporter, sampler, resource) hold. `register`
 * sees the provider and puts costs on its spans.
 */
export function startTracing(): Tracing {
  const provider = new NodeTracerProvider({
    resource: invocationResource(process.env, process.arch),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  })
  provider.register()
  return { tracer: trace.getTracer('@tollgate/edge/lambda'), flush: patientOnce(() => provider.forceFlush()) }
}

/** One invocation waits for a Collector that is away, and not each. */
function patientOnce(flush: () => Promise<void>): () => Promise<void> {
  let isUnderWay = false
  return async () => {
    if (isUnderWay) return
    isUnderWay = true
    const done = (): void => {
      isUnderWay = false
    }
    await atMost(FLUSH_MS, flush().then(done, done))
  }
}

/** Resolves with the work, or after `ms`. The work never rejects. */
function atMost(ms: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    void work.then(done)
  })
}
