import { runsBy } from './runs.ts'
import { type Cursor, readTag, skipField } from './wire.ts'

/** Bytes of a message in its record. */
interface Range {
  readonly start: number
  readonly end: number
}

/** Where a span stands in its record. Spans of one ScopeSpans share its range, the same object. */
export interface Place {
  readonly resourceSpans: Range
  readonly scopeSpans: Range
  readonly span: Range
}

/** Tags of resource_spans in a request, and of what contains the spans: scope_spans and spans are both field 2. */
const RESOURCE_SPANS = 10
const CONTENT = 18

/**
 * An ExportTraceServiceRequest with the spans at these places alone, made of the record's own bytes: their resources
 * and scopes with them, unknown fields included. The record has been read before, so nothing here can fail.
 */
export function requestOf(bytes: Buffer, places: readonly Place[]): Uint8Array {
  const resources = runsBy(places, (place) => place.resourceSpans).map((resource) => {
    const scopes = runsBy(resource.items, (place) => place.scopeSpans).map((scope) => {
      const spans = scope.items.map(({ span }) => message(CONTENT, [bytes.subarray(span.start, span.end)]))
      return message(CONTENT, [...fieldsBesideContent(bytes, scope.key), ...spans])
    })
    return message(RESOURCE_SPANS, [...fieldsBesideContent(bytes, resource.key), ...scopes])
  })
  return new Uint8Array(Buffer.concat(resources))
}

function fieldsBesideContent(bytes: Buffer, { start, end }: Range): Buffer[] {
  const cursor: Cursor = { bytes, at: start }
  const fields: Buffer[] = []
  while (cursor.at < end) {
    const fieldStart = cursor.at
    const tag = readTag(cursor, end)
    skipField(cursor, end, tag)
    if (tag !== CONTENT) fields.push(bytes.subarray(fieldStart, cursor.at))
  }
  return fields
}

function message(tag: number, fields: readonly Buffer[]): Buffer {
  const content = Buffer.concat(fields)
  return Buffer.concat([Buffer.from([tag, ...varint(content.length)]), content])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return [...bytes, rest]
}
