import { commitOf } from '../../core/identity/commit.ts'
import { serviceIdentity } from '../../core/identity/service.ts'
import { TRACE_STATE_MAX } from '../../core/otlp/limits.ts'
import { FLAG_HAS_IS_REMOTE, FLAG_IS_REMOTE, type Resource, type Span, STATUS_ERROR } from '../../core/otlp/span.ts'
import { acceptSpan, type Instant, isFault } from '../../core/otlp/span-fields.ts'
import type { EpochMs } from '../../core/time/instants.ts'
import type { EndingSpan } from './ending-span.ts'
import { readAttributes, readText } from './read-attributes.ts'

/**
 * The span that the ledger will read when the OTLP exporter has sent this one; undefined where it would refuse it (an impossible
 * time). The same as encoding and decoding it, without the bytes: `test/layers/edge/span/read-span.test.ts` compares the two.
 */
export function readSpan(span: EndingSpan, resource: Resource): Span | undefined {
  const context = span.spanContext()
  const end = instantOf(span.endTime)
  const read = acceptSpan(
    {
      traceId: context.traceId,
      spanId: context.spanId,
      parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId ?? '',
      traceState: traceStateOf(context.traceState?.serialize()),
      flags: flagsOf(context.traceFlags, span),
      name: readText(span.name),
      // OTLP counts from UNSPECIFIED on, the API from INTERNAL on.
      kind: span.kind + 1,
      start: instantOf(span.startTime),
      end,
      isError: span.status.code === STATUS_ERROR,
      attributes: readAttributes(span.attributes),
    },
    resource,
    readText((span.instrumentationScope ?? span.instrumentationLibrary)?.name ?? ''),
    end.ms as EpochMs,
  )
  return isFault(read) ? undefined : read
}

/** A resource as the ledger reads it. Its attributes must have settled. */
export function readResource(attributes: Readonly<Record<string, unknown>>): Resource {
  const read = readAttributes(attributes)
  return { attributes: read, ...serviceIdentity(read), commit: commitOf(read) }
}

/** Seconds and nanoseconds, as the SDK keeps time, cut in milliseconds. */
function instantOf([seconds, nanoseconds]: EndingSpan['endTime']): Instant {
  const ms = Math.floor(nanoseconds / 1e6)
  return { ms: seconds * 1000 + ms, ns: Math.floor(nanoseconds) - ms * 1e6 }
}

const traceStateOf = (said: string | undefined): string =>
  said === undefined || said.length > TRACE_STATE_MAX ? '' : said

/** Exporters of SDK 2 say whether the parent is remote (trace.proto, `Span.flags`); those of 1 send no flags at all. */
function flagsOf(traceFlags: number, span: EndingSpan): number {
  if (span.instrumentationScope === undefined) return 0
  const remote = span.parentSpanContext?.isRemote === true ? FLAG_IS_REMOTE : 0
  return (traceFlags & 0xff) | FLAG_HAS_IS_REMOTE | remote
}
