import type { Attributes, Context, SpanOptions } from '@opentelemetry/api'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base'

/** A span to be made by the real SDK. Times: epoch ms. */
export interface Planned {
  readonly name?: string
  readonly kind?: number
  readonly parent?: { readonly isRemote: boolean; readonly traceState?: ReturnType<typeof traceStateOf> }
  readonly startMs: number
  readonly durationMs: number
  readonly attributes?: Attributes
  readonly isError?: boolean
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const PARENT_ID = 'b7ad6b7169203331'

/** What a propagator gives: only its text counts. */
export const traceStateOf = (text: string) => ({
  serialize: () => text,
  get: () => undefined,
  set: () => traceStateOf(text),
  unset: () => traceStateOf(text),
})

/** Runs planned spans through the SDK with these processors, and answers the ended spans. */
export function traceSpans(
  planned: readonly Planned[],
  processors: readonly SpanProcessor[],
  resource: Resource = resourceFromAttributes({ 'service.name': 'checkout' }),
): readonly ReadableSpan[] {
  const ended: ReadableSpan[] = []
  const keep: SpanProcessor = {
    onStart: () => {},
    onEnd: (span) => void ended.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const provider = new BasicTracerProvider({ resource, spanProcessors: [...processors, keep] })
  const tracer = provider.getTracer('@opentelemetry/instrumentation-http', '1')
  for (const plan of planned) {
    const options: SpanOptions = { startTime: plan.startMs, attributes: plan.attributes ?? {} }
    if (plan.kind !== undefined) options.kind = plan.kind
    const span = tracer.startSpan(plan.name ?? 'work', options, contextOf(plan.parent))
    if (plan.isError) span.setStatus({ code: 2 })
    span.end(plan.startMs + plan.durationMs)
  }
  return ended
}

function contextOf(parent: Planned['parent']): Context {
  if (parent === undefined) return ROOT_CONTEXT
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: TRACE_ID,
    spanId: PARENT_ID,
    traceFlags: 1,
    isRemote: parent.isRemote,
    ...(parent.traceState !== undefined && { traceState: parent.traceState }),
  })
}
