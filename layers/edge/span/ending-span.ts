import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

/** What an SDK before 2.0 calls by other names. */
interface OlderNames {
  readonly parentSpanId?: string
  readonly instrumentationLibrary?: { readonly name: string }
}

/** A span as the SDK shows it when it ends: as much of it as a cost needs. Both generations of the SDK have it. */
export type EndingSpan = Pick<
  ReadableSpan,
  'name' | 'kind' | 'spanContext' | 'startTime' | 'endTime' | 'status' | 'attributes'
> & {
  readonly resource: Pick<ReadableSpan['resource'], 'attributes' | 'asyncAttributesPending'>
  readonly parentSpanContext?: ReadableSpan['parentSpanContext']
  readonly instrumentationScope?: ReadableSpan['instrumentationScope']
} & OlderNames
