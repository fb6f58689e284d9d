import { textAt } from './interned-text.ts'
import { TEXT_MAX, TRACE_STATE_MAX } from './limits.ts'
import { type Entries, emptyEntries, readKeptAttribute } from './protobuf-value.ts'
import { STATUS_ERROR } from './span.ts'
import { EPOCH, type Instant, type SpanFields } from './span-fields.ts'
import { type Cursor, readEnd, readFixed32, readTag, readVarint, skipField } from './wire.ts'

// Span of trace.proto, opentelemetry-proto 1.11. A tag is field number * 8 + wire type.
//
//   Span   = 1 trace_id: bytes, 2 span_id: bytes, 3 trace_state: string, 4 parent_span_id: bytes, 5 name: string,
//            6 kind: enum, 7 start: fixed64 ns, 8 end: fixed64 ns, 9 attributes: KeyValue*, 15 status: Status,
//            16 flags: fixed32; not needed for cost: 10, 12, 14 dropped counts, 11 events*, 13 links*
//   Status = 2 message: string, 3 code: enum
const TRACE_ID = 10
const SPAN_ID = 18
const TRACE_STATE = 26
const PARENT_SPAN_ID = 34
const NAME = 42
const KIND = 48
const START = 57
const END = 65
const ATTRIBUTE = 74
const STATUS = 122
const FLAGS = 133
const STATUS_CODE = 24

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** Reads the Span that ends at `end`. Fields may come in any order; the last of a scalar wins. */
export function readSpanFields(cursor: Cursor, end: number): SpanFields {
  let [traceId, spanId, parentSpanId, traceState, name] = ['', '', '', '', '']
  let [kind, flags, statusCode] = [0, 0, 0]
  let [startTime, endTime] = [EPOCH, EPOCH]
  const attributes: Entries = emptyEntries()
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    switch (tag) {
      case TRACE_ID:
        traceId = readId(cursor, end, TRACE_ID_BYTES)
        break
      case SPAN_ID:
        spanId = readId(cursor, end, SPAN_ID_BYTES)
        break
      case TRACE_STATE:
        traceState = readTraceState(cursor, end)
        break
      case PARENT_SPAN_ID:
        parentSpanId = readId(cursor, end, SPAN_ID_BYTES)
        break
      case NAME:
        name = readText(cursor, end, TEXT_MAX)
        break
      case KIND:
        kind = readVarint(cursor, end)
        break
      case START:
        startTime = readInstant(cursor, end)
        break
      case END:
        endTime = readInstant(cursor, end)
        break
      case ATTRIBUTE:
        readKeptAttribute(cursor, readEnd(cursor, end), attributes)
        break
      case STATUS:
        statusCode = readStatusCode(cursor, readEnd(cursor, end), statusCode)
        break
      case FLAGS:
        flags = readFixed32(cursor, end)
        break
      default:
        skipField(cursor, end, tag)
    }
  }
  const isError = statusCode === STATUS_ERROR
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    name,
    kind,
    start: startTime,
    end: endTime,
    isError,
    attributes,
  }
}

/** A string field, at most `unitsMax` UTF-16 units of it. */
export function readText(cursor: Cursor, end: number, unitsMax: number): string {
  const textEnd = readEnd(cursor, end)
  const text = textAt(cursor.bytes, cursor.at, textEnd, unitsMax)
  cursor.at = textEnd
  return text
}

function readTraceState(cursor: Cursor, end: number): string {
  const text = readText(cursor, end, TRACE_STATE_MAX + 1)
  return text.length > TRACE_STATE_MAX ? '' : text
}

/** An id as hex. One byte more than it should have is enough to see that it is too long. */
function readId(cursor: Cursor, end: number, bytesMax: number): string {
  const idEnd = readEnd(cursor, end)
  const hex = cursor.bytes.toString('hex', cursor.at, Math.min(idEnd, cursor.at + bytesMax + 1))
  cursor.at = idEnd
  return hex
}

/**
 * A fixed64 of nanoseconds, without a bigint: with t = high * 2^32 + low and 2^32 ns = 4294 ms + 967,296 ns, every
 * intermediate number is an integer below 2^53.
 */
function readInstant(cursor: Cursor, end: number): Instant {
  const low = readFixed32(cursor, end)
  const high = readFixed32(cursor, end)
  const rest = high * 967_296 + low
  const restMs = Math.floor(rest / 1e6)
  return { ms: high * 4294 + restMs, ns: rest - restMs * 1e6 }
}

function readStatusCode(cursor: Cursor, end: number, before: number): number {
  let code = before
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === STATUS_CODE) code = readVarint(cursor, end)
    else skipField(cursor, end, tag)
  }
  return code
}
