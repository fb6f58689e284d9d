import { textAt } from './interned-text.ts'
import { keptKeyAt } from './kept-key.ts'
import { BYTES_MAX, TEXT_MAX, VALUE_DEPTH_MAX, VALUE_ENTRIES_MAX } from './limits.ts'
import type { AttributeValue } from './span.ts'
import { type Cursor, readDouble, readEnd, readInt64, readTag, readVarint, skipField } from './wire.ts'

// common.proto, opentelemetry-proto 1.11. A tag is field number * 8 + wire type.
//
//   KeyValue     = 1 key: string, 2 value: AnyValue
//   AnyValue     = one of: 1 string, 2 bool, 3 int64, 4 double, 5 ArrayValue, 6 KeyValueList, 7 bytes; none = empty
//   ArrayValue   = 1 values: AnyValue*
//   KeyValueList = 1 values: KeyValue*
const KEY = 10
const VALUE = 18
const STRING = 10
const BOOL = 16
const INT = 24
const DOUBLE = 33
const ARRAY = 42
const LIST = 50
const BYTES = 58
const VALUES = 10

/** A map without a prototype, so that no key of a stranger's means anything. */
export type Entries = { [key: string]: AttributeValue }

export const emptyEntries = (): Entries => Object.create(null)

/**
 * Reads a KeyValue that ends at `end` into `attributes`, if its key is one that cost needs. The last of equal keys wins. One that
 * begins with a key that is not needed is passed over by its length, whatever follows.
 */
export function readKeptAttribute(cursor: Cursor, end: number, attributes: Entries): void {
  const start = cursor.at
  if (beginsWithOtherKey(cursor, end)) {
    cursor.at = end
    return
  }
  cursor.at = start
  const keyEnd = findKey(cursor, end)
  const key = keptKeyAt(cursor.bytes, cursor.at, keyEnd)
  if (key === undefined) {
    cursor.at = end
    return
  }
  cursor.at = start
  attributes[key] = readValueOf(cursor, end, 1)
}

function beginsWithOtherKey(cursor: Cursor, end: number): boolean {
  if (cursor.at === end || readTag(cursor, end) !== KEY) return false
  const keyEnd = readEnd(cursor, end)
  return keptKeyAt(cursor.bytes, cursor.at, keyEnd) === undefined
}

/** Sets the cursor to the first byte of a KeyValue's key, wherever that stands, and answers where the key ends. */
function findKey(cursor: Cursor, end: number): number {
  let keyStart = cursor.at
  let keyEnd = cursor.at
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === KEY) {
      keyEnd = readEnd(cursor, end)
      keyStart = cursor.at
      cursor.at = keyEnd
    } else skipField(cursor, end, tag)
  }
  cursor.at = keyStart
  return keyEnd
}

/** The value in a KeyValue. A value that comes in pieces is merged, as protobuf merges messages. */
function readValueOf(cursor: Cursor, end: number, depth: number): AttributeValue {
  let value: AttributeValue = null
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === VALUE) value = readValue(cursor, readEnd(cursor, end), depth, value)
    else skipField(cursor, end, tag)
  }
  return value
}

/** Reads an AnyValue that ends at `end` on top of `before`, what earlier pieces of the same message said. */
function readValue(cursor: Cursor, end: number, depth: number, before: AttributeValue): AttributeValue {
  if (depth > VALUE_DEPTH_MAX) {
    cursor.at = end
    return null
  }
  let value = before
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    switch (tag) {
      case STRING: {
        const textEnd = readEnd(cursor, end)
        value = textAt(cursor.bytes, cursor.at, textEnd, TEXT_MAX)
        cursor.at = textEnd
        break
      }
      case BOOL:
        value = readVarint(cursor, end) !== 0
        break
      case INT:
        value = readInt64(cursor, end)
        break
      case DOUBLE:
        value = readDouble(cursor, end)
        break
      case ARRAY:
        value = readArray(cursor, readEnd(cursor, end), depth, value)
        break
      case LIST:
        value = readList(cursor, readEnd(cursor, end), depth, value)
        break
      case BYTES: {
        const bytesEnd = readEnd(cursor, end)
        value = new Uint8Array(cursor.bytes.subarray(cursor.at, Math.min(bytesEnd, cursor.at + BYTES_MAX)))
        cursor.at = bytesEnd
        break
      }
      default:
        skipField(cursor, end, tag)
    }
  }
  return value
}

function readArray(cursor: Cursor, end: number, depth: number, before: AttributeValue): AttributeValue {
  const values: AttributeValue[] = Array.isArray(before) ? [...before] : []
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag === VALUES && values.length < VALUE_ENTRIES_MAX) {
      values.push(readValue(cursor, readEnd(cursor, end), depth + 1, null))
    } else skipField(cursor, end, tag)
  }
  return values
}

function readList(cursor: Cursor, end: number, depth: number, before: AttributeValue): AttributeValue {
  const entries = emptyEntries()
  if (isEntries(before)) Object.assign(entries, before)
  let count = Object.keys(entries).length
  while (cursor.at < end) {
    const tag = readTag(cursor, end)
    if (tag !== VALUES || count >= VALUE_ENTRIES_MAX) {
      skipField(cursor, end, tag)
      continue
    }
    const entryEnd = readEnd(cursor, end)
    const start = cursor.at
    const keyEnd = findKey(cursor, entryEnd)
    const key = textAt(cursor.bytes, cursor.at, keyEnd, TEXT_MAX)
    cursor.at = start
    entries[key] = readValueOf(cursor, entryEnd, depth + 1)
    count++
  }
  return entries
}

function isEntries(value: AttributeValue): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
