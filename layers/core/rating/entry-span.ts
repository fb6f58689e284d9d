import { type Attributes, FLAG_HAS_IS_REMOTE, FLAG_IS_REMOTE, SPAN_KIND, type Span } from '../otlp/span.ts'
import { textOf } from './attribute.ts'

/** `rpc.system` of AWS SDK spans (semantic conventions, AWS SDK client spans), and `rpc.system.name`, its successor. */
const AWS_API: ReadonlySet<string> = new Set(['aws-api', 'aws_api', 'aws.api'])

/**
 * A call of an AWS API, as the SDK's instrumentation reports it. CONSUMER too: the JavaScript instrumentation gives
 * ReceiveMessage that kind. Never the HTTP span beneath it.
 */
export function isProviderCall(span: Span): boolean {
  if (span.kind !== SPAN_KIND.client && span.kind !== SPAN_KIND.producer && span.kind !== SPAN_KIND.consumer)
    return false
  const system = textOf(span.attributes, 'rpc.system', 'rpc.system.name')
  return system !== undefined && AWS_API.has(system)
}

/** Its resource is a Lambda function. Older detectors set no `cloud.platform`; only functions have `faas.max_memory`. */
export function isLambda(resource: Attributes): boolean {
  const platform = resource['cloud.platform']
  if (platform !== undefined && platform !== null) return platform === 'aws_lambda'
  return (
    resource['faas.max_memory'] !== undefined &&
    resource['cloud.provider'] !== 'gcp' &&
    resource['cloud.provider'] !== 'azure'
  )
}

/** Its resource is an ECS task on Fargate. */
export const isFargate = (resource: Attributes): boolean =>
  resource['cloud.platform'] === 'aws_ecs' && textOf(resource, 'aws.ecs.launchtype')?.toLowerCase() === 'fargate'

/**
 * Is this the span in which a service (not a part of it) did one unit of its work? Compute is charged on it alone. A function of
 * the span and its resource: no parent; or a parent known to be remote (OTLP flags, bits 8 and 9); with the flags absent a
 * SERVER span, or a CONSUMER span outside Lambda (inside, Node's SQS instrumentation puts a CONSUMER beneath the
 * invocation; an invocation that is CONSUMER, as Python's is, carries its invocation id).
 * A provider or model call never is: it is somebody else's work, and charged as such. Under Lambda neither is any other
 * CLIENT or PRODUCER span without a parent: it ran inside an invocation or its INIT, whose span is another.
 */
export function isEntry(span: Span, isCall: boolean): boolean {
  if (isCall) return false
  const isOutgoing = span.kind === SPAN_KIND.client || span.kind === SPAN_KIND.producer
  if (isOutgoing && isLambda(span.resource.attributes)) return false
  if (span.parentSpanId === '') return true
  if ((span.flags & FLAG_HAS_IS_REMOTE) !== 0) return (span.flags & FLAG_IS_REMOTE) !== 0
  if (span.kind === SPAN_KIND.server) return true
  return span.kind === SPAN_KIND.consumer && (!isLambda(span.resource.attributes) || hasInvocationId(span.attributes))
}

const hasInvocationId = (attributes: Attributes): boolean =>
  textOf(attributes, 'faas.invocation_id', 'faas.execution') !== undefined

/** One unit of work that the world asked for: a SERVER span with an HTTP method and no parent, ended without error. */
export const isFrontDoor = (span: Span): boolean =>
  span.kind === SPAN_KIND.server && span.parentSpanId === '' && !span.isError && hasHttpMethod(span.attributes)

export const hasHttpMethod = (attributes: Attributes): boolean =>
  textOf(attributes, 'http.request.method', 'http.method') !== undefined
