import { type HrTime, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
} from '@opentelemetry/sdk-trace-base'
import type { PlannedSpan } from './planned-span.ts'
import type { Random } from './random.ts'
import { SERVICES, type ServiceName } from './services.ts'

/** The OTLP endpoint refused spans or could not be reached. */
export class ExportFailed extends Error {
  override readonly name = 'ExportFailed'
  constructor(endpoint: string, cause: unknown) {
    super(`the demo's spans did not reach ${endpoint}: see that an OTLP/HTTP receiver listens there`, { cause })
  }
}

/** A span that has started; the SDK exports it after `end()`. */
export interface OpenSpan {
  readonly endUs: number
  end(): void
}

/** What a request's ids come from. */
interface RequestIds {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** Span ids are drawn from it. */
  readonly random: Random
}

/** The shop's own OpenTelemetry SDKs: one tracer provider for each service and commit, as each process would have one. */
export interface Telemetry {
  /** Starts a request's spans, parents before children. */
  start(root: PlannedSpan, request: RequestIds, commitOf: (service: ServiceName) => string): readonly OpenSpan[]
  /**
   * Exports all ended spans, one service after the other, and waits for the receiver's answers.
   * @throws ExportFailed
   */
  flush(): Promise<void>
  /** Flushes and closes the connections. @throws ExportFailed */
  shutdown(): Promise<void>
}

/** Ended spans a provider holds at most between two flushes; above it the SDK would drop spans, so callers flush sooner. */
export const UNFLUSHED_SPANS_MAX = 4_096

/** `endpoint`: the full URL of an OTLP/HTTP traces receiver, `http://127.0.0.1:4318/v1/traces`. */
export function createTelemetry(endpoint: string): Telemetry {
  const providers = new Map<string, BasicTracerProvider>()
  const ids = createIds()

  const providerOf = (service: ServiceName, commit: string): BasicTracerProvider => {
    const key = `${service} ${commit}`
    const known = providers.get(key)
    if (known !== undefined) return known
    const provider = createProvider(endpoint, service, commit, ids.generator)
    providers.set(key, provider)
    return provider
  }

  const forEachProvider = async (act: (provider: BasicTracerProvider) => Promise<void>): Promise<void> => {
    // One at a time, so that the receiver sees the same order on every run.
    for (const provider of providers.values()) {
      try {
        await act(provider)
      } catch (cause) {
        throw new ExportFailed(endpoint, cause)
      }
    }
  }

  return {
    start: (root, request, commitOf) => {
      ids.from(request)
      return startTree(root, (service) => providerOf(service, commitOf(service)))
    },
    flush: () => forEachProvider((provider) => provider.forceFlush()),
    shutdown: () => forEachProvider((provider) => provider.shutdown()),
  }
}

function createProvider(
  endpoint: string,
  service: ServiceName,
  commit: string,
  idGenerator: IdGenerator,
): BasicTracerProvider {
  const own = resourceFromAttributes({ ...SERVICES[service].resource, 'vcs.ref.head.revision': commit })
  return new BasicTracerProvider({
    resource: defaultResource().merge(own),
    // Said aloud, so that OTEL_* variables of the machine change nothing.
    sampler: new AlwaysOnSampler(),
    idGenerator,
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: endpoint }), {
        maxQueueSize: UNFLUSHED_SPANS_MAX,
        maxExportBatchSize: UNFLUSHED_SPANS_MAX,
        // Only `flush` exports: a timer of the real clock has no say in virtual time.
        scheduledDelayMillis: 2 ** 31 - 1,
      }),
    ],
  })
}

/** The SDK asks for ids while it starts a span; the request that is being started says which. */
function createIds(): { readonly generator: IdGenerator; from(request: RequestIds): void } {
  let current: RequestIds | undefined
  const request = (): RequestIds => {
    if (current === undefined) throw new Error('a span was started outside a request')
    return current
  }
  return {
    from: (next) => {
      current = next
    },
    generator: { generateTraceId: () => request().traceId, generateSpanId: () => request().random.hex(16) },
  }
}

function startTree(
  planned: PlannedSpan,
  providerOf: (service: ServiceName) => BasicTracerProvider,
  parent?: { readonly span: Span; readonly service: ServiceName },
): readonly OpenSpan[] {
  // A parent in another service arrives by its `traceparent` header: the SDK marks it remote in the span's flags.
  const context =
    parent === undefined
      ? ROOT_CONTEXT
      : trace.setSpanContext(ROOT_CONTEXT, {
          ...parent.span.spanContext(),
          isRemote: parent.service !== planned.service,
        })
  const span = providerOf(planned.service)
    .getTracer(planned.scope)
    .startSpan(
      planned.name,
      { kind: planned.kind, startTime: hrTime(planned.startUs), attributes: planned.attributes },
      context,
    )
  if (planned.failed) span.setStatus({ code: SpanStatusCode.ERROR })
  const open: OpenSpan = { endUs: planned.endUs, end: () => span.end(hrTime(planned.endUs)) }
  const below = planned.children.flatMap((child) => startTree(child, providerOf, { span, service: planned.service }))
  return [open, ...below]
}

/** The SDK's exact time: seconds and nanoseconds. */
const hrTime = (us: number): HrTime => [Math.floor(us / 1e6), (us % 1e6) * 1_000]
