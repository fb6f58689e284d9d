import { buffer } from 'node:stream/consumers'
import { listenOnLoopback } from '../../../local/http.ts'

/** A span as it was exported: all of its attributes, not only those that the ledger reads. */
export interface ExportedSpan {
  /** `service.name` of its resource. */
  readonly service: string
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

type Keyed = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes?: Keyed }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Pick<ExportedSpan, 'traceId' | 'spanId' | 'name'> & { readonly attributes?: Keyed })[]
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
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(recordOf(resource.attributes)['service.name'])
    const spans = scopeSpans.flatMap((scope) => scope.spans)
    return spans.map(({ traceId, spanId, name, attributes }) => {
      return { service, traceId, spanId, name, attributes: recordOf(attributes) }
    })
  })

const recordOf = (attributes: Keyed = []): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
