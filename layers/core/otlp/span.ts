import type { Picodollars } from '../money/picodollars.ts'
import type { EpochMs } from '../time/instants.ts'

/** `Span.SpanKind` of opentelemetry-proto 1.11, trace.proto. */
export const SPAN_KIND = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const
export type SpanKind = (typeof SPAN_KIND)[keyof typeof SPAN_KIND]

/** `Span.flags`, bits 8 and 9 (trace.proto): is it known whether the parent is remote, and is it. */
export const FLAG_HAS_IS_REMOTE = 0x100
export const FLAG_IS_REMOTE = 0x200

/** `Status.StatusCode`: only an error matters to cost (a front door request ended without one). */
export const STATUS_ERROR = 2

/** An AnyValue. `null` is the empty value, which OTLP allows; int64 beyond 2^53 stays a bigint. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }

/** Attributes by key, without a prototype. Holds at least the keys of `attributes.ts`; a decoder may leave others out. */
export type Attributes = { readonly [key: string]: AttributeValue | undefined }

/** What the spans of one ResourceSpans share. */
export interface Resource {
  readonly attributes: Attributes
  /** `prod/shop/checkout`: environment, namespace, name; see identity/service.ts. */
  readonly service: string
  /** The environment's name, '' where none is set. */
  readonly environment: string
  /** The deployed revision; see identity/commit.ts. */
  readonly commit: string
}

/** One OpenTelemetry span, decoded to the few fields that cost needs. */
export interface Span {
  readonly resource: Resource
  readonly scopeName: string
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  /** '' for a root span. */
  readonly parentSpanId: string
  readonly traceState: string
  /** 0 where the sender set none. */
  readonly flags: number
  readonly name: string
  readonly kind: SpanKind
  /** The millisecond in which the span ended. It decides the minute and the hour that the span belongs to. */
  readonly endMs: EpochMs
  /** End minus start, exact, a safe integer, not negative. */
  readonly durationNs: number
  readonly isError: boolean
  readonly attributes: Attributes
}

/** The plain record of one declared cost: `{trace_id, service, operation, cost_amount, timestamp}`. */
export interface PlainRecord {
  readonly traceId: string
  readonly service: string
  readonly commit: string
  /** As the sender wrote it; made low-cardinality where it is folded. */
  readonly operation: string
  readonly endMs: EpochMs
  readonly declared: Picodollars
}

/** Why a record, or a span of it, cannot be booked. Each is a dead letter's reason and a metric's dimension. */
export const DEAD_REASONS = [
  /** Neither OTLP traces nor a plain record: not JSON and not protobuf. */
  'undecodable',
  /** Protobuf that ends early, or whose lengths do not fit. */
  'truncated',
  /** JSON, but no `resourceSpans` and no plain record. */
  'not_spans',
  /** OTLP logs or metrics. */
  'wrong_signal',
  /** OTLP/JSON whose containers have the wrong type. */
  'malformed',
  /** A span that is no object, or has a field of the wrong type. */
  'malformed_span',
  /** trace id, span id or parent span id of the wrong length, alphabet, or all zero. */
  'invalid_trace_id',
  'invalid_span_id',
  'invalid_parent_span_id',
  /** Not epoch nanoseconds (plain record: milliseconds), 5 minutes ahead of or 7 days behind the record's timestamp,
   * ended before it started, or longer than 2^53 ns. */
  'impossible_time',
  /** A declared cost that is no number, negative, or above the configured maximum. */
  'invalid_cost',
  /** A plain record without service or operation. */
  'invalid_record',
  /** A record names more SKUs of a service than there is room for: it is booked, they wait under `unknown/<meter>`. No body. */
  'too_many_skus',
] as const
export type DeadReason = (typeof DEAD_REASONS)[number]

/** What could not be booked, with a body that `tollgate redrive` can produce again. */
export interface DeadPart {
  readonly reason: DeadReason
  /** One sentence: what was wrong, where. Carries no attribute values. */
  readonly detail: string
  /** A whole record of its own: an export request with that span alone, in the encoding it came in. */
  readonly body: Uint8Array
  /** How many spans it holds; 1 for a record that cannot be decoded. */
  readonly spans: number
}

/** One Kafka record, decoded: what can be rated and what is dead. Both may be there; an undecodable record is one dead part. */
export interface DecodedRecord {
  readonly format: 'otlp_proto' | 'otlp_json' | 'plain' | 'unknown'
  readonly spans: readonly Span[]
  readonly plain: readonly PlainRecord[]
  readonly dead: readonly DeadPart[]
}

/**
 * Decodes the value of a Kafka record. Never throws. `recordTimestamp` is the record's own Kafka timestamp: nothing
 * here reads a clock. `maxDeclared`: the largest cost of one plain record that is believed, picodollars.
 */
export type DecodeRecord = (value: Uint8Array, recordTimestamp: EpochMs, maxDeclared: Picodollars) => DecodedRecord
