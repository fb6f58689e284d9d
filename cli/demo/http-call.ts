import { type Attributes, SpanKind } from '@opentelemetry/api'
import { type HttpRequest, httpClient, httpServer } from './conventions.ts'
import { type PlannedSpan, SCOPES } from './planned-span.ts'
import type { Random } from './random.ts'
import type { ServiceName } from './services.ts'

/** What one request carries through the shop. */
export interface Visit {
  readonly random: Random
  /** The gate before a service, asked once for each request to it. */
  readonly admit: (service: ServiceName) => boolean
  /** How often `checkout` asks its model about one order. */
  readonly modelAttempts: number
}

/** What a service does with a request that the gate let through. */
export interface Work {
  readonly endUs: number
  readonly status: number
  readonly children: readonly PlannedSpan[]
}

/** What a caller sees. `status` undefined: it gave up waiting; the callee works on. */
export interface Reply {
  readonly span: PlannedSpan
  readonly endUs: number
  readonly status: number | undefined
}

/** From the caller to the callee, or back. */
const NETWORK_US = 1_000
/** What the proxy before a service needs to say 429. */
const REFUSAL_US = 2_000

/** A service's SERVER span around its work. `lambda`: the invocation's attributes, where the service is a function. */
export function serve(
  service: ServiceName,
  request: HttpRequest,
  startUs: number,
  work: Work,
  lambda?: { readonly functionName: string; readonly invocation: Attributes },
): PlannedSpan {
  return {
    service,
    scope: lambda === undefined ? SCOPES.http : SCOPES.lambda,
    // A Lambda SERVER span is named after its function (docs/faas/aws-lambda.md), an HTTP one after method and route.
    name: lambda?.functionName ?? (request.route === undefined ? request.method : `${request.method} ${request.route}`),
    kind: SpanKind.SERVER,
    startUs,
    endUs: work.endUs,
    failed: work.status >= 500,
    attributes: { ...httpServer(service, request, work.status), ...lambda?.invocation },
    children: work.children,
  }
}

/** One service calls another over HTTP. */
export interface Call {
  readonly caller: ServiceName
  readonly callee: ServiceName
  readonly request: HttpRequest
  readonly startUs: number
  /** How long the caller waits; it waits for ever without. */
  readonly timeoutUs?: number
}

/**
 * Makes a call. Where the gate refuses, the proxy answers 429 and the callee never runs: it makes no span and nothing
 * downstream happens.
 */
export function callHttp(
  visit: Visit,
  call: Call,
  answer: (startUs: number) => { readonly server: PlannedSpan; readonly status: number },
): Reply {
  const { startUs, timeoutUs = Number.POSITIVE_INFINITY } = call
  if (!visit.admit(call.callee)) return reply(call, startUs + 2 * NETWORK_US + REFUSAL_US, 429, [])
  const { server, status } = answer(startUs + NETWORK_US)
  const answeredUs = server.endUs + NETWORK_US
  if (answeredUs - startUs > timeoutUs) return reply(call, startUs + timeoutUs, undefined, [server])
  return reply(call, answeredUs, status, [server])
}

function reply(call: Call, endUs: number, status: number | undefined, children: readonly PlannedSpan[]): Reply {
  const span: PlannedSpan = {
    service: call.caller,
    scope: SCOPES.http,
    name: call.request.method,
    kind: SpanKind.CLIENT,
    startUs: call.startUs,
    endUs,
    failed: status === undefined || status >= 400,
    attributes: httpClient(call.callee, call.request, status),
    children,
  }
  return { span, endUs, status }
}
