import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Edge, edge } from './process-edge.ts'

/** `createServer(tollgate(listener))`: answers 429 to what the service's flag refuses. */
export function tollgate(listener: RequestListener, { service }: { readonly service?: string } = {}): RequestListener {
  return (request, response) => {
    if (!answerRefusal(edge(), request, request.url ?? '/', response, service)) listener(request, response)
  }
}

/** Answers a request that is refused; false, and nothing done, where it is not. */
export function answerRefusal(
  of: Edge,
  request: IncomingMessage,
  path: string,
  response: ServerResponse,
  service: string | undefined,
): boolean {
  const { traceparent } = request.headers
  const said = Array.isArray(traceparent) ? traceparent[0] : traceparent
  const refused = of.refusalOf({ method: request.method ?? 'GET', path, traceparent: said }, service)
  if (refused === undefined) return false
  response.writeHead(refused.status, { ...refused.headers, 'content-length': Buffer.byteLength(refused.body) })
  response.end(refused.body)
  return true
}
