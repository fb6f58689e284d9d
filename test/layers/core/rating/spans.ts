import type { Attributes, Span } from '../../../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

/** A span for tests: a SERVER root span of service `shop`, one second long, unless told otherwise. */
export function spanWith(
  attributes: Attributes = {},
  over: Partial<Omit<Span, 'resource' | 'attributes'>> & { resource?: Attributes; service?: string } = {},
): Span {
  const { resource = {}, service = 'shop', ...fields } = over
  return {
    resource: { attributes: resource, service, environment: '', commit: 'c0ffee' },
    scopeName: 'test',
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    parentSpanId: '',
    traceState: '',
    flags: 0,
    name: 'span',
    kind: 2,
    endMs: 1_795_000_000_000 as EpochMs,
    durationNs: 1_000_000_000,
    isError: false,
    attributes,
    ...fields,
  }
}

/** A CLIENT span with a local parent: what an SDK makes of a call. */
export const clientSpan = (attributes: Attributes, resource: Attributes = {}): Span =>
  spanWith(attributes, { kind: 3, parentSpanId: 'eee19b7ec3c1b175', flags: 0x100, resource })

/** The client span of an AWS SDK call. */
export const awsCall = (service: string, method: string, more: Attributes = {}): Span =>
  clientSpan(
    { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': method, ...more },
    { 'cloud.region': 'us-east-1' },
  )
