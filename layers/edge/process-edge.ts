import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createEdge, type Edge } from './edge.ts'
import { type EdgeOptions, edgeSettings } from './settings.ts'
import { makeCostExporter } from './span/cost-exporter.ts'

export type { Edge, EdgeRequest } from './edge.ts'
export type { EdgeOptions } from './settings.ts'

/** A process may load this package twice, as a module and as CommonJS: it has one edge all the same. */
const KEY = Symbol.for('tollgate.edge.1')
type WithEdge = { [KEY]?: Edge }

/** The edge of this process, started when it is first asked for, with the options of that first time. Never throws. */
export function edge(options: EdgeOptions = {}): Edge {
  const holder = globalThis as WithEdge
  holder[KEY] ??= startEdge(options)
  return holder[KEY]
}

/** An edge beside that of the process; `edge` is what an application wants. */
export function startEdge(options: EdgeOptions = {}): Edge {
  const { env } = process
  const clocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }
  return createEdge(edgeSettings(options, env), { environment: env, clocks, random: Math.random })
}

/** The span processor that puts `cost.*` on spans: `new NodeSDK({ spanProcessors: [costProcessor(), ...] })`. */
export const costProcessor = (options?: EdgeOptions): SpanProcessor => edge(options).processor

/** Wraps an exporter, for SDKs whose span processors come too late (sdk-trace-base before 2.3.0). */
export const costExporter = (exporter: SpanExporter, options?: EdgeOptions): SpanExporter =>
  makeCostExporter(exporter, edge(options).costOf)
