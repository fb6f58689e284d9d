import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerRefusal } from './http.ts'
import { edge } from './process-edge.ts'

/** What is read of an Express (or Connect) request. */
type ExpressRequest = IncomingMessage & { readonly originalUrl?: string }

/** `app.use(tollgate())`: answers 429 to what the service's flag refuses. `service` stands in for what spans and environment say. */
export function tollgate({ service }: { readonly service?: string } = {}) {
  return (request: ExpressRequest, response: ServerResponse, next: () => void): void => {
    if (!answerRefusal(edge(), request, request.originalUrl ?? request.url ?? '/', response, service)) next()
  }
}
