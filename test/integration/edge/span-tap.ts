import { buffer } from 'node:stream/consumers'
import { listenOnLoopback } from '../../../local/http.ts'

/** A span as it was exported: all of its attributes, not only those that the ledger reads. */
export interface ExportedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
}

/** OTLP/HTTP in and out, that remembers what passes. */
export interface SpanTap {
  readonly url: string
  spans(): readonly ExportedSpan[]
  close(): Promise<void>
}

interface OtlpValue {
  readonly [kind: string]: unknown
}
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ExportedSpan, 'attributes'> & {
        readonly attributes?: readonly { readonly key: string; readonly value: OtlpValue }[]
      })[]
    }[]
  }[]
}

/** Hands every export request on to `to`, an OTLP/HTTP endpoint, byte for byte. JSON only. */
export async function startSpanTap(to: string): Promise<SpanTap> {
  const passed: ExportedSpan[] = []
  const server = await listenOnLoopback(async (request, response) => {
    const body = await buffer(request)
    passed.push(...spansOf(JSON.parse(body.toString())))
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const answer = await fetch(`${to}${request.url}`, { method: 'POST', headers, body: new Uint8Array(body) })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
    response.end(await answer.text())
  })
  return { url: server.url, spans: () => passed, close: server.close }
}

const spansOf = ({ resourceSpans }: OtlpRequest): ExportedSpan[] =>
  resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ traceId, spanId, name, attributes = [] }) => {
      const values = attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const)
      return { traceId, spanId, name, attributes: Object.fromEntries(values) }
    })
