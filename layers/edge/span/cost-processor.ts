import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { CostAttributes } from './cost-of-span.ts'
import type { EndingSpan } from './ending-span.ts'

export interface CostProcessorSettings {
  readonly costOf: (span: EndingSpan) => CostAttributes
  /** Called when a span starts: the time to fetch what is due. */
  readonly wake: () => void
  /** Gets the first sign that the SDK never calls `onEnding`. */
  readonly observeNoHook: () => void
}

/**
 * The span processor that puts the cost on spans. It uses `onEnding`, which the SDK calls while a span can still be written (OpenTelemetry
 * specification, trace SDK, "OnEnding"; experimental; in sdk-trace-base since 2.3.0). An SDK without it exports spans unchanged: wrap
 * the exporter there (cost-exporter.ts).
 */
export function makeCostProcessor({ costOf, wake, observeNoHook }: CostProcessorSettings): SpanProcessor {
  let hasHook: boolean | undefined
  return {
    onStart: wake,
    onEnding(span: Span) {
      hasHook = true
      const cost = costOf(span as unknown as EndingSpan)
      if (cost !== undefined) span.setAttributes(cost as Attributes)
    },
    onEnd(_span: ReadableSpan) {
      if (hasHook !== undefined) return
      hasHook = false
      observeNoHook()
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
