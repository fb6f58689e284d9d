import { ATTRIBUTE_KEYS } from './attributes.ts'
import { type Fields, fieldsOf, isObject, listField, messageField, wrongType } from './json-fields.ts'
import { BYTES_MAX, TEXT_MAX, VALUE_DEPTH_MAX, VALUE_ENTRIES_MAX } from './limits.ts'
import type { Attributes, AttributeValue } from './span.ts'

const KEPT = new Set(ATTRIBUTE_KEYS)

/**
 * The attributes in a message's list of that name that cost needs; the last of equal keys wins.
 * @throws Refused with the message's reason.
 */
export function readAttributes(fields: Fields, name = 'attributes'): Attributes {
  const attributes: { [key: string]: AttributeValue } = Object.create(null)
  for (const [key, entry] of keyValues(fields, name)) if (KEPT.has(key)) attributes[key] = attributeValue(entry, 1)
  return attributes
}

function* keyValues(fields: Fields, name: string): Iterable<[string, Fields]> {
  for (const [index, item] of listField(fields, name).entries()) {
    const entry = fieldsOf(item, fields.reason, `${fields.path}.${name}[${index}]`)
    const key = entry.object.key ?? ''
    if (typeof key !== 'string') throw wrongType(entry, 'key', 'a string')
    yield [key, entry]
  }
}

function attributeValue(entry: Fields, depth: number): AttributeValue {
  const value = messageField(entry, 'value')
  return value === undefined ? null : readValue(value, depth)
}

/** How each member of an AnyValue (common.proto, opentelemetry-proto 1.11) is written in JSON. */
const MEMBERS: { readonly [name: string]: (value: unknown, fields: Fields, depth: number) => AttributeValue } = {
  stringValue: (value, fields) => {
    if (typeof value !== 'string') throw wrongType(fields, 'stringValue', 'a string')
    return value.length > TEXT_MAX ? value.slice(0, TEXT_MAX) : value
  },
  boolValue: (value, fields) => {
    if (typeof value !== 'boolean') throw wrongType(fields, 'boolValue', 'a boolean')
    return value
  },
  intValue: readInt,
  doubleValue: readDouble,
  arrayValue: readArray,
  kvlistValue: readList,
  bytesValue: readBytes,
}

function readValue(fields: Fields, depth: number): AttributeValue {
  if (depth > VALUE_DEPTH_MAX) return null
  let result: AttributeValue | undefined
  for (const [name, read] of Object.entries(MEMBERS)) {
    const value = fields.object[name] ?? undefined
    if (value === undefined) continue
    if (result !== undefined) throw wrongType(fields, name, 'alone: a value has one type')
    result = read(value, fields, depth)
  }
  return result ?? null
}

const INT64_MAX = 2n ** 63n - 1n

/** A number where that is exact, else a bigint. */
function readInt(value: unknown, fields: Fields): number | bigint {
  const text = typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : value
  if (typeof text !== 'string' || !/^-?\d{1,20}$/.test(text)) throw wrongType(fields, 'intValue', 'an integer')
  const exact = BigInt(text)
  if (exact > INT64_MAX || exact < -INT64_MAX - 1n) throw wrongType(fields, 'intValue', 'a 64-bit integer')
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : exact
}

/** A number, or a string of one: JSON has no NaN and no infinities. */
function readDouble(value: unknown, fields: Fields): number {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw wrongType(fields, 'doubleValue', 'a number')
  return number
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

function readBytes(value: unknown, fields: Fields): Uint8Array {
  if (typeof value !== 'string' || !BASE64.test(value)) throw wrongType(fields, 'bytesValue', 'base64')
  return new Uint8Array(Buffer.from(value, 'base64').subarray(0, BYTES_MAX))
}

function readArray(value: unknown, fields: Fields, depth: number): AttributeValue {
  const array = fieldsOf(value, fields.reason, `${fields.path}.arrayValue`)
  return listField(array, 'values')
    .slice(0, VALUE_ENTRIES_MAX)
    .map((item, index) => readValue(fieldsOf(item, array.reason, `${array.path}.values[${index}]`), depth + 1))
}

function readList(value: unknown, fields: Fields, depth: number): AttributeValue {
  const list = fieldsOf(value, fields.reason, `${fields.path}.kvlistValue`)
  const entries: { [key: string]: AttributeValue } = Object.create(null)
  let count = 0
  for (const [key, entry] of keyValues(list, 'values')) {
    if (count++ === VALUE_ENTRIES_MAX) break
    entries[key.length > TEXT_MAX ? key.slice(0, TEXT_MAX) : key] = attributeValue(entry, depth + 1)
  }
  return entries
}

/** Does a parsed JSON value nest more than `levels` objects and arrays deep? Never looks deeper than that itself. */
export function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (!Array.isArray(value) && !isObject(value)) return false
  if (levels === 0) return true
  for (const inner of Object.values(value)) if (nestsDeeperThan(inner, levels - 1)) return true
  return false
}
