import { edge } from './process-edge.ts'

/** Events of an HTTP API or function URL (payload 2.0), of a REST API, and of a load balancer: as much as is read of them. */
interface HttpEvent {
  readonly rawPath?: string
  readonly path?: string
  readonly httpMethod?: string
  readonly headers?: Readonly<Record<string, string | undefined>> | null
  readonly requestContext?: { readonly http?: { readonly method?: string } }
}

/** `middy().use(tollgate())`: answers 429 to HTTP requests that the service's flag refuses; other events are not judged. */
export function tollgate({ service }: { readonly service?: string } = {}) {
  return {
    // biome-ignore lint/suspicious/noExplicitAny: middy takes a middleware's event for the handler's own, whatever that is
    before: ({ event }: { readonly event: any }) => {
      const request = requestOf(event)
      const refused = request === undefined ? undefined : edge().refusalOf(request, service)
      if (refused === undefined) return undefined
      return { statusCode: refused.status, headers: { ...refused.headers }, body: refused.body }
    },
  }
}

function requestOf(event: unknown) {
  if (typeof event !== 'object' || event === null) return undefined
  const { rawPath, path = rawPath, httpMethod, headers, requestContext } = event as HttpEvent
  const method = httpMethod ?? requestContext?.http?.method
  if (typeof method !== 'string' || typeof path !== 'string') return undefined
  const traceparent = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'traceparent')?.[1]
  return { method, path, traceparent }
}
