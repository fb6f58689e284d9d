import { commitOf } from '../identity/commit.ts'
import { serviceIdentity } from '../identity/service.ts'
import type { EpochMs } from '../time/instants.ts'
import { type DeadSpan, deadParts } from './dead-parts.ts'
import { TEXT_MAX } from './limits.ts'
import { type Place, requestOf } from './protobuf-request.ts'
import { readSpanFields, readText } from './protobuf-span.ts'
import { type Entries, emptyEntries, readKeptAttribute } from './protobuf-value.ts'
import { Refused } from './refused.ts'
import type { DeadPart, Resource, Span } from './span.ts'
import { acceptSpan, isFault } from './span-fields.ts'
import { type Cursor, readEnd, readTag, skipField } from './wire.ts'

// trace.proto and resource.proto, opentelemetry-proto 1.11. A tag is field number * 8 + wire type.
//
//   ExportTraceServiceRequest = 1 resource_spans: ResourceSpans*
//   ResourceSpans             = 1 resource: Resource, 2 scope_spans: ScopeSpans*, 3 schema_url: string
//   Resource                  = 1 attributes: KeyValue*, 2 dropped count, 3 entity_refs
//   ScopeSpans                = 1 scope: Scope, 2 spans: Span*, 3 schema_url: string
//   Scope                     = 1 name: string, 2 version: string, 3 attributes: KeyValue*
//
// Fields come in any order, so what contains spans is read twice: first for what its spans share, then for the spans.
// Unknown fields, and known ones of another wire type, are skipped; so is 1000 of ResourceSpans, the layout of 2021.
const RESOURCE_SPANS = 10
const RESOURCE = 10
const RESOURCE_ATTRIBUTE = 10
const SCOPE_SPANS = 18
const SCOPE = 10
const SCOPE_NAME = 10
const SPAN = 18

export interface DecodedSpans {
  readonly spans: Span[]
  readonly dead: DeadPart[]
}

interface Reading {
  readonly cursor: Cursor
  readonly recordTimestamp: EpochMs
  readonly spans: Span[]
  readonly dead: DeadSpan<Place>[]
}

/**
 * Decodes an ExportTraceServiceRequest in protobuf.
 * @throws Refused (`truncated`, `undecodable`) where the bytes are no message, or one that has no resource_spans.
 */
export function decodeProtobuf(value: Uint8Array, recordTimestamp: EpochMs): DecodedSpans {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const reading: Reading = { cursor: { bytes, at: 0 }, recordTimestamp, spans: [], dead: [] }
  const { cursor } = reading
  let resourceSpans = 0
  while (cursor.at < bytes.length) {
    const tag = readTag(cursor, bytes.length)
    if (tag === RESOURCE_SPANS) readResourceSpans(reading, readEnd(cursor, bytes.length), resourceSpans++)
    else skipField(cursor, bytes.length, tag)
  }
  if (resourceSpans === 0) throw new Refused('undecodable', `${bytes.length} bytes without resource_spans`)
  return { spans: reading.spans, dead: deadParts(reading.dead, (places) => requestOf(bytes, places)) }
}

function readResourceSpans(reading: Reading, end: number, index: number): void {
  const { cursor } = reading
  const range = { start: cursor.at, end }
  const resource = readResource(cursor, end)
  cursor.at = range.start
  let scopes = 0
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag !== SCOPE_SPANS) {
      skipField(cursor, end, tag)
      continue
    }
    const scopeEnd = readEnd(cursor, end)
    const path = `resourceSpans[${index}].scopeSpans[${scopes++}]`
    readScopeSpans(reading, scopeEnd, resource, range, path)
  }
}

function readScopeSpans(
  reading: Reading,
  end: number,
  resource: Resource,
  resourceSpans: Place['resourceSpans'],
  path: string,
): void {
  const { cursor, recordTimestamp } = reading
  const scopeSpans = { start: cursor.at, end }
  const scopeName = readScopeName(cursor, end)
  cursor.at = scopeSpans.start
  let index = 0
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag !== SPAN) {
      skipField(cursor, end, tag)
      continue
    }
    const spanEnd = readEnd(cursor, end)
    const start = cursor.at
    const judged = acceptSpan(readSpanFields(cursor, spanEnd), resource, scopeName, recordTimestamp)
    if (isFault(judged)) {
      const place = { resourceSpans, scopeSpans, span: { start, end: spanEnd } }
      reading.dead.push({ reason: judged.reason, detail: `${path}.spans[${index}]: ${judged.detail}`, place })
    } else reading.spans.push(judged)
    index++
  }
}

/** What the resource fields of a ResourceSpans say together; a resource in pieces is merged. Throws Refused. */
export function readResource(cursor: Cursor, end: number): Resource {
  const attributes: Entries = emptyEntries()
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === RESOURCE) readResourceAttributes(cursor, readEnd(cursor, end), attributes)
    else skipField(cursor, end, tag)
  }
  return { attributes, ...serviceIdentity(attributes), commit: commitOf(attributes) }
}

function readResourceAttributes(cursor: Cursor, end: number, attributes: Entries): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === RESOURCE_ATTRIBUTE) readKeptAttribute(cursor, readEnd(cursor, end), attributes)
    else skipField(cursor, end, tag)
  }
}

/** The name that the scope fields of a ScopeSpans say. Throws Refused. */
function readScopeName(cursor: Cursor, end: number): string {
  let name = ''
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === SCOPE) name = readName(cursor, readEnd(cursor, end), name)
    else skipField(cursor, end, tag)
  }
  return name
}

/** The name in a Scope that ends at `end`, on top of `before`, what earlier pieces of it said. Throws Refused. */
export function readName(cursor: Cursor, end: number, before: string): string {
  let name = before
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === SCOPE_NAME) name = readText(cursor, end, TEXT_MAX)
    else skipField(cursor, end, tag)
  }
  return name
}
