import { ATTRIBUTE_KEYS } from '../../core/otlp/attributes.ts'
import { BYTES_MAX, TEXT_MAX, VALUE_DEPTH_MAX, VALUE_ENTRIES_MAX } from '../../core/otlp/limits.ts'
import type { Attributes, AttributeValue } from '../../core/otlp/span.ts'

const KEPT: ReadonlySet<string> = new Set(ATTRIBUTE_KEYS)
/** What OTLP's int64 holds: `AnyValue.int_value`, and beyond it `double_value`. */
const INT64_LIMIT = 2 ** 63

/** The attributes that cost needs, with the values that they would have after a way over OTLP. */
export function readAttributes(attributes: Readonly<Record<string, unknown>>): Attributes {
  const kept: Record<string, AttributeValue> = Object.create(null)
  for (const key in attributes) {
    if (KEPT.has(key) && Object.hasOwn(attributes, key)) kept[key] = readValue(attributes[key], 1)
  }
  return kept
}

function readValue(value: unknown, depth: number): AttributeValue {
  if (depth > VALUE_DEPTH_MAX) return null
  if (typeof value === 'string') return readText(value)
  if (typeof value === 'number') return readNumber(value)
  if (typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return value.slice(0, BYTES_MAX)
  if (Array.isArray(value)) return value.slice(0, VALUE_ENTRIES_MAX).map((each) => readValue(each, depth + 1))
  return typeof value === 'object' && value !== null ? readEntries(value, depth) : null
}

/** UTF-8 has no half characters. */
export const readText = (text: string): string =>
  (text.length > TEXT_MAX ? text.slice(0, TEXT_MAX + 1) : text).toWellFormed().slice(0, TEXT_MAX)

function readNumber(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0
  return Number.isInteger(value) && value >= -INT64_LIMIT && value < INT64_LIMIT ? BigInt(value) : value
}

function readEntries(value: object, depth: number): AttributeValue {
  const entries: Record<string, AttributeValue> = Object.create(null)
  for (const [key, each] of Object.entries(value).slice(0, VALUE_ENTRIES_MAX)) {
    entries[readText(key)] = readValue(each, depth + 1)
  }
  return entries
}
