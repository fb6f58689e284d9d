import {
  type Attributes,
  context as contexts,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api'
import { requestOfEvent } from '../http-event.ts'
import type { Handler } from './load-handler.ts'
import type { Tracing } from './start-tracing.ts'

/** What is read of Lambda's context. */
interface LambdaContext {
  readonly functionName?: string
  readonly invokedFunctionArn?: string
  readonly awsRequestId?: string
}

/**
 * A span an invocation around a handler (OpenTelemetry semantic conventions, FaaS): SERVER, child of the HTTP request's `traceparent`
 * where there is one. It is exported before the answer, as nothing runs after it. A handler with a callback comes back
 * as it is: Lambda's newer runtimes know none.
 */
export function tracedHandler(handler: Handler, { tracer, flush }: Tracing): Handler {
  if (handler.length > 2 && !isStreaming(handler)) return handler
  let isCold = true
  const traced = async (event: unknown, ...more: unknown[]): Promise<unknown> => {
    const { functionName = 'invocation', ...invoked } = (more.at(-1) ?? {}) as LambdaContext
    const attributes = attributesOf(event, invoked, isCold)
    isCold = false
    const parent = propagation.extract(ROOT_CONTEXT, headersOf(event))
    return tracer.startActiveSpan(functionName, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
      try {
        return answered(span, await (handler as (...given: unknown[]) => unknown)(event, ...more))
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
        throw error
      } finally {
        span.end()
        await contexts.with(ROOT_CONTEXT, flush)
      }
    })
  }
  return withMarksOf(handler, traced)
}

/** `awslambda.streamifyResponse` marks what it makes. */
const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming')
export const isStreaming = (handler: Handler): boolean => STREAMING in handler

/** The runtime reads symbols of a handler. */
export function withMarksOf(handler: Handler, instead: Handler): Handler {
  for (const mark of Object.getOwnPropertySymbols(handler)) {
    Object.defineProperty(instead, mark, { value: Reflect.get(handler, mark) })
  }
  return instead
}

function attributesOf(
  event: unknown,
  { awsRequestId, invokedFunctionArn }: LambdaContext,
  isCold: boolean,
): Attributes {
  const request = requestOfEvent(event)
  return {
    'faas.invocation_id': awsRequestId,
    'cloud.resource_id': invokedFunctionArn,
    'faas.coldstart': isCold,
    ...(request !== undefined && {
      'faas.trigger': 'http',
      'http.request.method': request.method,
      'url.path': request.path,
    }),
  }
}

function answered(span: Span, result: unknown): unknown {
  const status = typeof result === 'object' && result !== null && 'statusCode' in result ? result.statusCode : undefined
  if (typeof status === 'number') {
    span.setAttribute('http.response.status_code', status)
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  }
  return result
}

/** Names in lower case, as the propagator asks for them. */
function headersOf(event: unknown): Readonly<Record<string, unknown>> {
  const headers = typeof event === 'object' && event !== null && 'headers' in event ? event.headers : undefined
  if (typeof headers !== 'object' || headers === null) return {}
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
