import { Refused } from './refused.ts'
import type { DeadReason } from './span.ts'
import { EPOCH, type Instant } from './span-fields.ts'

/** A JSON object, as JSON.parse gives it. */
export type JsonObject = { readonly [name: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/*
 * Fields of OTLP/JSON (opentelemetry-proto 1.11, docs/specification.md, "JSON Protobuf Encoding"): lowerCamelCase names,
 * ids in hex, enums as integers, 64-bit integers as decimal strings or numbers. Absent and null are the default. What has
 * another type throws Refused with the reason given by the caller: `malformed` in a container, `malformed_span` in a span.
 */

/** One message and how its faults are called. */
export interface Fields {
  readonly object: JsonObject
  readonly reason: DeadReason
  /** Where the message stands: `resourceSpans[0].scopeSpans[1].spans[2]`. */
  readonly path: string
}

export const wrongType = ({ reason, path }: Fields, name: string, wanted: string): Refused =>
  new Refused(reason, `${path}.${name} is not ${wanted}`)

export function fieldsOf(value: unknown, reason: DeadReason, path: string): Fields {
  if (!isObject(value)) throw new Refused(reason, `${path} is not an object`)
  return { object: value, reason, path }
}

export function listField(fields: Fields, name: string): readonly unknown[] {
  const value = fields.object[name] ?? []
  if (!Array.isArray(value)) throw wrongType(fields, name, 'an array')
  return value
}

/** A message field; undefined where it is absent. */
export function messageField(fields: Fields, name: string): Fields | undefined {
  const value = fields.object[name] ?? undefined
  return value === undefined ? undefined : fieldsOf(value, fields.reason, `${fields.path}.${name}`)
}

/** At most `unitsMax` UTF-16 units of a string. */
export function textField(fields: Fields, name: string, unitsMax: number): string {
  const value = fields.object[name] ?? ''
  if (typeof value !== 'string') throw wrongType(fields, name, 'a string')
  return value.length > unitsMax ? value.slice(0, unitsMax) : value
}

/** Lower-case hex; a text that is no hex comes back as what has no id's length. */
export function idField(fields: Fields, name: string): string {
  const value = fields.object[name] ?? ''
  if (typeof value !== 'string') throw wrongType(fields, name, 'a string of hex digits')
  return /^[0-9a-f]*$/i.test(value) ? value.toLowerCase() : 'no hex'
}

export function enumField(fields: Fields, name: string): number {
  const value = fields.object[name] ?? 0
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(fields, name, 'an enum as an integer')
  return value
}

/** An unsigned 32-bit integer, as a number or a decimal string. */
export function uint32Field(fields: Fields, name: string): number {
  const digits = unsignedDigits(fields.object[name] ?? 0)
  const value = digits === undefined ? Number.NaN : Number(digits)
  if (!(value <= 0xffff_ffff)) throw wrongType(fields, name, 'an unsigned 32-bit integer')
  return value
}

/** Epoch nanoseconds, exact where they are a string. (A number has been rounded by its sender, by up to 128 ns.) */
export function instantField(fields: Fields, name: string): Instant {
  const value = fields.object[name] ?? undefined
  if (value === undefined) return EPOCH
  const digits = unsignedDigits(value)
  if (digits === undefined) throw wrongType(fields, name, 'an unsigned 64-bit integer')
  return { ms: Number(digits.slice(0, -6)), ns: Number(digits.slice(-6)) }
}

const DIGITS = /^\d{1,20}$/

/** The decimal digits of an unsigned integer of at most 20 digits, given as a string or number; else undefined. */
function unsignedDigits(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : value
  return typeof text === 'string' && DIGITS.test(text) ? text : undefined
}
