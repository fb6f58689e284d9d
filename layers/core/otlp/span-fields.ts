import type { EpochMs } from '../time/instants.ts'
import type { Attributes, DeadReason, Resource, Span, SpanKind } from './span.ts'

/** An instant in epoch nanoseconds, in two exact numbers: whole milliseconds, and what is left, 0 to 999,999 ns. */
export interface Instant {
  readonly ms: number
  readonly ns: number
}

export const EPOCH: Instant = { ms: 0, ns: 0 }

/** What a span says of itself, in either encoding, before anything is believed. */
export interface SpanFields {
  /** Lower-case hex of whatever length came. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly flags: number
  readonly name: string
  readonly kind: number
  readonly start: Instant
  readonly end: Instant
  readonly isError: boolean
  readonly attributes: Attributes
}

/** Why a span cannot be booked. */
export interface SpanFault {
  readonly reason: DeadReason
  readonly detail: string
}

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
/** 10^18 to 10^19 ns, the years 2001 to 2286: what lies outside is not in nanoseconds. In milliseconds: 10^12 to 10^13. */
const END_MIN_MS = 1e12
const END_LIMIT_MS = 1e13
/** DESIGN 4: how far a span may have ended from its record's Kafka timestamp. */
export const AHEAD_MAX_MS = 5 * 60_000
export const BEHIND_MAX_MS = 7 * 24 * 3_600_000
const NS_PER_MS = 1_000_000

/** The span that the fields describe, or why there is none: the first rule broken, in the order of `DEAD_REASONS`. */
export function acceptSpan(
  fields: SpanFields,
  resource: Resource,
  scopeName: string,
  recordTimestamp: EpochMs,
): Span | SpanFault {
  const { traceId, spanId, parentSpanId, end, start } = fields
  if (traceId.length !== 32 || traceId === NO_TRACE) return INVALID_TRACE_ID
  if (spanId.length !== 16 || spanId === NO_SPAN) return INVALID_SPAN_ID
  if (parentSpanId !== '' && parentSpanId.length !== 16) return INVALID_PARENT_SPAN_ID
  const durationNs = (end.ms - start.ms) * NS_PER_MS + (end.ns - start.ns)
  if (!isEpochMs(start.ms) || !isEpochMs(end.ms)) return NOT_NANOSECONDS
  if (durationNs < 0) return ENDS_BEFORE_START
  if (!Number.isSafeInteger(durationNs)) return TOO_LONG
  if (!isNear(end.ms, recordTimestamp)) return FAR_FROM_RECORD
  return {
    resource,
    scopeName,
    traceId,
    spanId,
    parentSpanId: parentSpanId === NO_SPAN ? '' : parentSpanId,
    traceState: fields.traceState,
    flags: fields.flags,
    name: fields.name,
    kind: kindOf(fields.kind),
    endMs: end.ms as EpochMs,
    durationNs,
    isError: fields.isError,
    attributes: fields.attributes,
  }
}

export const isFault = (judged: Span | SpanFault): judged is SpanFault => 'reason' in judged

/** Can this be a time of our days in milliseconds? */
export const isEpochMs = (ms: number): boolean => ms >= END_MIN_MS && ms < END_LIMIT_MS

/** Is this not more than 5 minutes ahead of the record's Kafka timestamp, nor more than 7 days behind it? */
export const isNear = (endMs: number, recordTimestamp: EpochMs): boolean =>
  endMs - recordTimestamp <= AHEAD_MAX_MS && recordTimestamp - endMs <= BEHIND_MAX_MS

/** Enums of proto3 are open: a kind that is not known here is one that says nothing. */
const kindOf = (kind: number): SpanKind => (kind >= 0 && kind <= 5 ? (kind as SpanKind) : 0)

const INVALID_TRACE_ID: SpanFault = {
  reason: 'invalid_trace_id',
  detail: 'the trace id is not 16 bytes (32 hex digits), or all zero',
}
const INVALID_SPAN_ID: SpanFault = {
  reason: 'invalid_span_id',
  detail: 'the span id is not 8 bytes (16 hex digits), or all zero',
}
const INVALID_PARENT_SPAN_ID: SpanFault = {
  reason: 'invalid_parent_span_id',
  detail: 'the parent span id is not 8 bytes (16 hex digits)',
}
const impossible = (detail: string): SpanFault => ({ reason: 'impossible_time', detail })
const NOT_NANOSECONDS = impossible('start or end is not a time in epoch nanoseconds')
const ENDS_BEFORE_START = impossible('it ends before it starts')
const TOO_LONG = impossible('it lasts longer than 2^53 ns')
const FAR_FROM_RECORD = impossible("it ends more than 5 minutes after the record's timestamp, or 7 days before it")
