import { commitOf } from '../identity/commit.ts'
import { serviceIdentity } from '../identity/service.ts'
import type { EpochMs } from '../time/instants.ts'
import { type DeadSpan, deadParts } from './dead-parts.ts'
import {
  enumField,
  type Fields,
  fieldsOf,
  idField,
  instantField,
  type JsonObject,
  listField,
  messageField,
  textField,
  uint32Field,
} from './json-fields.ts'
import { nestsDeeperThan, readAttributes } from './json-value.ts'
import { TEXT_MAX, TRACE_STATE_MAX } from './limits.ts'
import type { DecodedSpans } from './protobuf.ts'
import { Refused } from './refused.ts'
import { runsBy } from './runs.ts'
import { type Resource, type Span, STATUS_ERROR } from './span.ts'
import { acceptSpan, isFault, type SpanFault, type SpanFields } from './span-fields.ts'

/** A dead span is written again, and JSON that nests without end cannot be. Real requests nest about 12 levels. */
const LEVELS_MAX = 100

interface Place {
  readonly resourceSpans: JsonObject
  readonly scopeSpans: JsonObject
  readonly span: unknown
}

interface Reading {
  readonly recordTimestamp: EpochMs
  readonly spans: Span[]
  readonly dead: DeadSpan<Place>[]
}

/**
 * Decodes an ExportTraceServiceRequest in OTLP/JSON that JSON.parse has read. A bad span is dead by itself.
 * @throws Refused (`malformed`) where what contains the spans has the wrong type.
 */
export function decodeJson(root: JsonObject, recordTimestamp: EpochMs): DecodedSpans {
  const reading: Reading = { recordTimestamp, spans: [], dead: [] }
  const request = fieldsOf(root, 'malformed', 'request')
  for (const [index, item] of listField(request, 'resourceSpans').entries()) {
    readResourceSpans(reading, fieldsOf(item, 'malformed', `resourceSpans[${index}]`))
  }
  if (reading.dead.length > 0 && nestsDeeperThan(root, LEVELS_MAX)) {
    throw new Refused('malformed', `dead spans in JSON that nests more than ${LEVELS_MAX} levels`)
  }
  return { spans: reading.spans, dead: deadParts(reading.dead, requestOf) }
}

function readResourceSpans(reading: Reading, fields: Fields): void {
  const resource = readResource(messageField(fields, 'resource'))
  for (const [index, item] of listField(fields, 'scopeSpans').entries()) {
    const scopeSpans = fieldsOf(item, 'malformed', `${fields.path}.scopeSpans[${index}]`)
    readScopeSpans(reading, scopeSpans, resource, fields.object)
  }
}

function readResource(fields: Fields | undefined): Resource {
  const attributes = fields === undefined ? Object.create(null) : readAttributes(fields)
  return { attributes, ...serviceIdentity(attributes), commit: commitOf(attributes) }
}

function readScopeSpans(reading: Reading, fields: Fields, resource: Resource, resourceSpans: JsonObject): void {
  const scope = messageField(fields, 'scope')
  const scopeName = scope === undefined ? '' : textField(scope, 'name', TEXT_MAX)
  for (const [index, span] of listField(fields, 'spans').entries()) {
    const path = `${fields.path}.spans[${index}]`
    const judged = judge(span, path, (read) => acceptSpan(read, resource, scopeName, reading.recordTimestamp))
    if (isFault(judged)) {
      const place = { resourceSpans, scopeSpans: fields.object, span }
      reading.dead.push({ reason: judged.reason, detail: judged.detail, place })
    } else reading.spans.push(judged)
  }
}

function judge(span: unknown, path: string, accept: (fields: SpanFields) => Span | SpanFault): Span | SpanFault {
  try {
    const judged = accept(readSpanFields(fieldsOf(span, 'malformed_span', path)))
    return isFault(judged) ? { reason: judged.reason, detail: `${path}: ${judged.detail}` } : judged
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, detail: error.message }
    throw error
  }
}

function readSpanFields(fields: Fields): SpanFields {
  const traceState = textField(fields, 'traceState', TRACE_STATE_MAX + 1)
  const status = messageField(fields, 'status')
  return {
    traceId: idField(fields, 'traceId'),
    spanId: idField(fields, 'spanId'),
    parentSpanId: idField(fields, 'parentSpanId'),
    traceState: traceState.length > TRACE_STATE_MAX ? '' : traceState,
    flags: uint32Field(fields, 'flags'),
    name: textField(fields, 'name', TEXT_MAX),
    kind: enumField(fields, 'kind'),
    start: instantField(fields, 'startTimeUnixNano'),
    end: instantField(fields, 'endTimeUnixNano'),
    isError: status !== undefined && enumField(status, 'code') === STATUS_ERROR,
    attributes: readAttributes(fields),
  }
}

/** An export request with the spans at these places alone, their resources and scopes with them. */
function requestOf(places: readonly Place[]): Uint8Array {
  const resourceSpans = runsBy(places, (place) => place.resourceSpans).map((resource) => ({
    ...resource.key,
    scopeSpans: runsBy(resource.items, (place) => place.scopeSpans).map((scope) => ({
      ...scope.key,
      spans: scope.items.map(({ span }) => span),
    })),
  }))
  return new Uint8Array(Buffer.from(JSON.stringify({ resourceSpans })))
}
