/** What the span of a smoke test costs, USD: the cost that it declares itself. */
export const SMOKE_USD = '0.01'

/**
 * An export request (OTLP, JSON) of one span that ends at `atMs` (epoch ms) and declares its cost. It has a parent, so
 * that no rate of the service's own takes the place of that cost. `mark`: its commit, by which it is found again.
 */
export function smokeSpan(mark: string, ids: { readonly trace: string; readonly span: string }, atMs: number): string {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const ns = (ms: number): string => `${BigInt(ms) * 1_000_000n}`
  const span = {
    traceId: ids.trace,
    spanId: ids.span,
    parentSpanId: ids.trace.slice(16),
    name: 'smoke test',
    kind: 1,
    startTimeUnixNano: ns(atMs - 1),
    endTimeUnixNano: ns(atMs),
    attributes: [text('cost.amount', SMOKE_USD)],
  }
  const resource = {
    attributes: [
      text('service.namespace', 'tollgate'),
      text('service.name', 'smoke'),
      text('vcs.ref.head.revision', mark),
    ],
  }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
}
