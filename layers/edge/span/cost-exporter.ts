import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { CostAttributes } from './cost-of-span.ts'
import type { EndingSpan } from './ending-span.ts'

/**
 * Wraps an exporter so that it exports spans with their cost, for SDKs without `onEnding` (sdk-trace-base before 2.3.0). A span that has
 * ended is read-only, so the exporter gets another object that shows the span with more attributes. Costs are those of the
 * moment of the export, a few seconds after the end.
 */
export function makeCostExporter(exporter: SpanExporter, costOf: (span: EndingSpan) => CostAttributes): SpanExporter {
  const withCost = (span: ReadableSpan): ReadableSpan => {
    if ('cost.amount_exact' in span.attributes || 'cost.error' in span.attributes) return span
    const cost = costOf(span as unknown as EndingSpan)
    return cost === undefined ? span : shownWith(span, { ...span.attributes, ...cost })
  }
  return {
    export: (spans, done) => exporter.export(spans.map(withCost), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  }
}

/** The span itself, its getters included, but for the attributes. */
const shownWith = (span: ReadableSpan, attributes: ReadableSpan['attributes']): ReadableSpan =>
  Object.create(span, { attributes: { value: attributes, enumerable: true } })
