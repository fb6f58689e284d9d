import type { Edge, EdgeRequest } from './edge.ts'

/** Events of an HTTP API or function URL (payload 2.0), of a REST API, and of a load balancer: as much as is read of them. */
interface HttpEvent {
  readonly rawPath?: string
  readonly path?: string
  readonly httpMethod?: string
  readonly headers?: Readonly<Record<string, string | undefined>> | null
  /** All there is where a load balancer's target group has multi-value headers. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null
  readonly requestContext?: { readonly http?: { readonly method?: string } }
}

/** The HTTP request that a Lambda event is; undefined for all other events. */
export function requestOfEvent(event: unknown): EdgeRequest | undefined {
  if (typeof event !== 'object' || event === null) return undefined
  const { rawPath, path = rawPath, httpMethod, headers, multiValueHeaders, requestContext } = event as HttpEvent
  const method = httpMethod ?? requestContext?.http?.method
  if (typeof method !== 'string' || typeof path !== 'string') return undefined
  const all = Object.entries(headers ?? multiValueHeaders ?? {})
  const traceparent = [all.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]].flat()[0]
  return { method, path, traceparent }
}

const hasMultiValuesOnly = (event: unknown): boolean => {
  const { headers, multiValueHeaders } = event as HttpEvent
  return !headers && Boolean(multiValueHeaders)
}

/** What a function answers to an HTTP event that its service's flag refuses; undefined: serve it. Never throws. */
export function refusalOfEvent(of: Pick<Edge, 'refusalOf'>, event: unknown, service?: string): HttpResult | undefined {
  const request = requestOfEvent(event)
  const refused = request === undefined ? undefined : of.refusalOf(request, service)
  if (refused === undefined) return undefined
  const answer = { statusCode: refused.status, headers: { ...refused.headers }, body: refused.body }
  if (!hasMultiValuesOnly(event)) return answer
  const values = Object.entries(answer.headers).map(([name, value]): [string, string[]] => [name, [value]])
  return { ...answer, multiValueHeaders: Object.fromEntries(values) }
}

/** As API Gateway, function URLs and load balancers read it. */
export interface HttpResult {
  readonly statusCode: number
  readonly headers: Record<string, string>
  /** Read in the place of `headers` by a load balancer that sent its own so. */
  readonly multiValueHeaders?: Record<string, string[]>
  readonly body: string
}
