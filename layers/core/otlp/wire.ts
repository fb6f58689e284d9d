import { Refused } from './refused.ts'

/** Protobuf's wire types (protobuf.dev, "Encoding"). 3 and 4 are groups, which OTLP never had: they are refused. */
const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

const VARINT_BYTES_MAX = 10
/** Seven varint bytes hold 49 bits: exact in a number. */
const EXACT_VARINT_BYTES = 7

/** A place in a record. Every reader checks against `end` first, so `at` never passes it. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** A field's tag: number * 8 + wire type. Call it only where `at < end`. */
export function readTag(cursor: Cursor, end: number): number {
  const tag = readVarint(cursor, end)
  if (tag < 8 || tag > 0xffff_ffff) throw new Refused('undecodable', `no field number at byte ${cursor.at}`)
  return tag
}

/** An unsigned varint; exact up to 2^53, only roughly right above (no length or enum is that large). */
export function readVarint(cursor: Cursor, end: number): number {
  const { bytes } = cursor
  if (cursor.at < end) {
    const only = bytes[cursor.at] as number
    if (only < 0x80) {
      cursor.at++
      return only
    }
  }
  return readLongVarint(cursor, end)
}

function readLongVarint(cursor: Cursor, end: number): number {
  let value = 0
  let scale = 1
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    if (cursor.at >= end) throw endsEarly(cursor.at)
    const byte = cursor.bytes[cursor.at++] as number
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
    scale *= 128
  }
  throw new Refused('undecodable', `a varint of more than ${VARINT_BYTES_MAX} bytes at byte ${cursor.at}`)
}

/** An int64: a number where that is exact, else a bigint. */
export function readInt64(cursor: Cursor, end: number): number | bigint {
  const start = cursor.at
  const rough = readVarint(cursor, end)
  if (cursor.at - start <= EXACT_VARINT_BYTES) return rough
  let bits = 0n
  for (let i = cursor.at - 1; i >= start; i--) bits = (bits << 7n) | BigInt((cursor.bytes[i] as number) & 0x7f)
  const value = BigInt.asIntN(64, bits)
  const asNumber = Number(value)
  return Number.isSafeInteger(asNumber) ? asNumber : value
}

/** Reads a length and answers where the field ends; the cursor stands at its first byte. */
export function readEnd(cursor: Cursor, end: number): number {
  const length = readVarint(cursor, end)
  if (length > end - cursor.at) throw endsEarly(cursor.at)
  return cursor.at + length
}

/** Four bytes, little-endian, unsigned. */
export function readFixed32(cursor: Cursor, end: number): number {
  const at = cursor.at
  advance(cursor, 4, end)
  const { bytes } = cursor
  const high = ((bytes[at + 3] as number) << 24) | ((bytes[at + 2] as number) << 16)
  return (high | ((bytes[at + 1] as number) << 8) | (bytes[at] as number)) >>> 0
}

export function readDouble(cursor: Cursor, end: number): number {
  const at = cursor.at
  advance(cursor, 8, end)
  return cursor.bytes.readDoubleLE(at)
}

/** Skips the field whose tag was just read. */
export function skipField(cursor: Cursor, end: number, tag: number): void {
  switch (tag & 7) {
    case VARINT:
      readVarint(cursor, end)
      return
    case FIXED64:
      advance(cursor, 8, end)
      return
    case LENGTH_DELIMITED:
      cursor.at = readEnd(cursor, end)
      return
    case FIXED32:
      advance(cursor, 4, end)
      return
    default:
      throw new Refused('undecodable', `a group or an unknown wire type at byte ${cursor.at}`)
  }
}

function advance(cursor: Cursor, count: number, end: number): void {
  if (end - cursor.at < count) throw endsEarly(cursor.at)
  cursor.at += count
}

const endsEarly = (at: number): Refused =>
  new Refused('truncated', `a field at byte ${at} is longer than what holds it`)
