import { emptyEntries, readKeptAttribute } from '../otlp/protobuf-value.ts'
import { addBytes, findBytes, hashOf } from './byte-table.ts'
import { bucketAt, KEY_MEANINGS, KEY_RANKS, KEY_ROLES, keyInBucket, ROLE } from './key-roles.ts'
import { contentStart, lengthAt } from './lengths.ts'
import { type Reader, SIGNATURE_MAX } from './reader.ts'

// KeyValue and AnyValue of common.proto, see otlp/protobuf-value.ts. A tag is field number * 8 + wire type.
const KEY = 10
const VALUE = 18
const STRING = 10
const BOOL = 16
const INT = 24
const DOUBLE = 33

/** The shortest kept key has more. */
const KEY_BYTES_MIN = 4
const VARINT_BYTES_MAX = 10
const ATTRIBUTE_BYTES_MAX = 1024

/** What a signature's second number says, beside the span's kind; its lowest two bits are the scope's. */
export const FACT = { hasInvocation: 1 << 2, declares: 1 << 3 } as const
/** Seen on the span; not in a signature. */
export const SEEN = { requestSize: 1 << 8, responseSize: 1 << 9 } as const
/** A number of a signature: an attribute's, or another field and which of its values. */
export const VALUE_BITS = 20

/**
 * Reads the KeyValue in `[at, end)`. False: this is none of the forms that are told from the bytes, or its value leaves the
 * rating of the span to the raters. Throws Refused.
 */
export function readAttribute(reader: Reader, at: number, end: number): boolean {
  const { source } = reader
  const { bytes } = source
  const keyLength = bytes[at + 1] as number
  const keyEnd = at + 2 + keyLength
  if (bytes[at] !== KEY || keyLength > 0x7f || keyEnd > end) return false
  if (keyLength < KEY_BYTES_MIN) return true
  const bucket = bucketAt(source, at + 2, keyEnd)
  if (bucket === 0) return true
  if (KEY_ROLES[bucket - 1] === ROLE.value) {
    const known = findBytes(reader.values, source, at, end, hashOf(source, at, end))
    if (known >= 0) return addKnown(reader, known)
  }
  return readKept(reader, at, end, keyEnd, bucket)
}

function readKept(reader: Reader, at: number, end: number, keyEnd: number, bucket: number): boolean {
  const { bytes } = reader.source
  const key = keyInBucket(bucket, reader.source, at + 2, keyEnd)
  if (key < 0) return true
  if (keyEnd + 2 > end || bytes[keyEnd] !== VALUE) return false
  const value = contentStart(bytes, keyEnd + 1)
  if (value + lengthAt(bytes, keyEnd + 1) !== end) return false
  switch (KEY_ROLES[key]) {
    case ROLE.none:
      return isSimpleValue(bytes, value, end)
    case ROLE.value:
      return readNew(reader, key, at, end)
    case ROLE.target:
      return addTarget(reader, key, value, end)
    case ROLE.presence:
      reader.facts |= FACT.hasInvocation
      return textStart(bytes, value, end) > 0
    case ROLE.requestSize:
      reader.means |= SEEN.requestSize
      return isSimpleValue(bytes, value, end)
    case ROLE.responseSize:
      reader.means |= SEEN.responseSize
      return isSimpleValue(bytes, value, end)
    case ROLE.declared:
      reader.facts |= FACT.declares
      return isSimpleValue(bytes, value, end)
    default:
      return false
  }
}

/** An attribute that is not known, or whose key shares a bucket with one of another role. */
function readNew(reader: Reader, key: number, at: number, end: number): boolean {
  const known = findBytes(reader.values, reader.source, at, end, hashOf(reader.source, at, end))
  return known >= 0 ? addKnown(reader, known) : learnValue(reader, key, at, end)
}

/** Puts an attribute into the signature. */
function addKnown(reader: Reader, value: number): boolean {
  const key = reader.valueKeys[value] as number
  if (reader.length >= SIGNATURE_MAX || wasSeen(reader, key)) return false
  if (reader.isText[value] === 1) reader.means |= KEY_MEANINGS[key] as number
  reader.signature[reader.length] = value
  reader.length += 1
  return true
}

/** Decodes an attribute as the plain decoder does, once: then its bytes, key and value, are known to be good. */
function learnValue(reader: Reader, key: number, at: number, end: number): boolean {
  const { values, source } = reader
  if (end - at > ATTRIBUTE_BYTES_MAX) return false
  const entries = emptyEntries()
  readKeptAttribute({ bytes: source.bytes, at }, end, entries)
  const [decoded] = Object.values(entries)
  const value = addBytes(values, source, at, end, hashOf(source, at, end))
  if (value < 0) {
    reader.isFull = true
    return false
  }
  reader.valueKeys[value] = key
  reader.isText[value] = typeof decoded === 'string' && decoded !== '' ? 1 : 0
  return addKnown(reader, value)
}

/** Remembers the target that the operation would be made of. */
function addTarget(reader: Reader, key: number, start: number, end: number): boolean {
  const text = textStart(reader.source.bytes, start, end)
  if (text < 0 || wasSeen(reader, key)) return false
  const rank = KEY_RANKS[key] as number
  if (rank < reader.targetRank) {
    reader.targetRank = rank
    reader.targetStart = text
    reader.targetEnd = end
  }
  return true
}

/** The last of equal keys wins: the plain decoder knows how. */
function wasSeen(reader: Reader, key: number): boolean {
  if (reader.keySeenIn[key] === reader.spanNumber) return true
  reader.keySeenIn[key] = reader.spanNumber
  return false
}

/** Where the text begins of an AnyValue that is one text with something in it; -1 where it is none, or in another form. */
function textStart(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== STRING || end - start < 3) return -1
  const length = bytes[start + 1] as number
  if (length < 0x80) return start + 2 + length === end ? start + 2 : -1
  const high = bytes[start + 2] as number
  if (high > 0x7f) return -1
  return start + 3 + ((length & 0x7f) | (high << 7)) === end && end - start > 3 ? start + 3 : -1
}

/** Is it an AnyValue of one text, number or truth value, well formed? Its value does not matter then. */
function isSimpleValue(bytes: Buffer, start: number, end: number): boolean {
  switch (bytes[start]) {
    case STRING:
      return textStart(bytes, start, end) > 0
    case INT:
    case BOOL:
      return varintEnd(bytes, start + 1, end) === end
    case DOUBLE:
      return end - start === 9
    default:
      return false
  }
}

function varintEnd(bytes: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + VARINT_BYTES_MAX)
  for (let at = start; at < limit; at += 1) if ((bytes[at] as number) < 0x80) return at + 1
  return -1
}
