import { isBlank } from '../operation/operation.ts'
import { emptyEntries, readKeptAttribute } from '../otlp/protobuf-value.ts'
import { LONG_PROMPT_TOKENS } from '../rating/raters/model-call.ts'
import { addBytes, bytesOf, findBytes, hashOf, isSame, tailOf } from './byte-table.ts'
import { bucketAt, IS_OUTPUT, KEY_MEANINGS, KEY_RANKS, KEY_ROLES, keyInBucket, ROLE } from './key-roles.ts'
import { contentStart, lengthAt, varintEnd } from './lengths.ts'
import { type Reader, SIGNATURE_MAX, VALUE_HINTS_BITS } from './reader.ts'

// KeyValue and AnyValue of common.proto, see otlp/protobuf-value.ts. A tag is field number * 8 + wire type.
const ATTRIBUTE = 74
const KEY = 10
const VALUE = 18
const STRING = 10
const BOOL = 16
const INT = 24
const DOUBLE = 33

/** Tag and length of an attribute that is shorter than 128 bytes, then of its key: read at once. Shorter attributes are left where they are. */
const HEAD_BYTES = 4
/** The shortest kept key has more. */
const KEY_BYTES_MIN = 4
const ATTRIBUTE_BYTES_MAX = 1024

/** What a signature's second number says, beside the span's kind; its lowest two bits are the scope's. */
export const FACT = { hasInvocation: 1 << 2, declares: 1 << 3 } as const
/** Seen on the span; not in a signature. */
export const SEEN = { requestSize: 1 << 8, responseSize: 1 << 9 } as const
/** A number of a signature: an attribute's, or another field and which of its values. */
export const VALUE_BITS = 20
/** Which field those are of that are no attributes' values: of tokens, which attribute says them. */
export const FIELD = { target: 1, name: 2, traceState: 3, tokens: 4 } as const

/**
 * Reads the attributes that follow each other from `start` on, within a Span that ends at `end`; answers where they end, -1 where
 * one is longer than the span. Sets `reader.isAlone` where one has none of the forms that are told from the bytes, or its value leaves
 * the rating of the span to the raters. Throws Refused and RangeError.
 */
export function readAttributes(reader: Reader, view: DataView, start: number, limit: number): number {
  // as 32-bit integers from the beginning V8 keeps them in registers as they are
  const end = limit | 0
  let at = start | 0
  while (at + HEAD_BYTES <= end) {
    const head = view.getInt32(at, true)
    if ((head & 0xff) !== ATTRIBUTE) return at
    let from = at + 2
    let length = (head >> 8) & 0xff
    let key = head >>> 16
    if (length > 0x7f) {
      from = contentStart(view, at + 1)
      length = lengthAt(view, at + 1)
      key = view.getUint16(from, true)
    }
    const to = from + length
    if (to > end) return -1
    at = to
    // the key's tag and its length; where the attribute is shorter these are the next field's, and `keyEnd` lies beyond `to`
    const keyEnd = from + 2 + (key >> 8)
    if ((key & 0x80ff) !== KEY || keyEnd > to) {
      reader.isAlone = true
      continue
    }
    if (key < KEY_BYTES_MIN << 8) continue
    const bucket = bucketAt(view, from + 2, keyEnd)
    if (bucket === 0 || reader.isAlone) continue
    readKept(reader, view, from, to, keyEnd, bucket)
  }
  return at
}

/** Reads an attribute whose key may be one that is kept. */
function readKept(reader: Reader, view: DataView, from: number, to: number, keyEnd: number, bucket: number): void {
  if (KEY_ROLES[bucket - 1] === ROLE.value) {
    const known = knownValue(reader, view, from, to)
    if (known >= 0) {
      addKnown(reader, known)
      return
    }
  }
  const key = keyInBucket(bucket, view, from + 2, keyEnd)
  if (key >= 0 && !isRead(reader, view, key, from, to, keyEnd)) reader.isAlone = true
}

/** The number of the attribute in `[from, to)`; -1 where it is not known. Mostly it is the one that was last seen with such a tail. */
function knownValue(reader: Reader, view: DataView, from: number, to: number): number {
  const { values, valueHints } = reader
  const { starts } = values
  const length = to - from
  const slot = tailOf(view, from, to, VALUE_HINTS_BITS)
  const hinted = valueHints[slot] as number
  const known = starts[hinted] as number
  if ((starts[hinted + 1] as number) - known === length && isSame(values.view, known, view, from, length)) return hinted
  const found = findBytes(values, view, from, to, hashOf(view, from, to))
  if (found >= 0) valueHints[slot] = found
  return found
}

function isRead(reader: Reader, view: DataView, key: number, at: number, end: number, keyEnd: number): boolean {
  if (keyEnd + 2 > end || view.getUint8(keyEnd) !== VALUE) return false
  const value = contentStart(view, keyEnd + 1)
  if (value + lengthAt(view, keyEnd + 1) !== end) return false
  switch (KEY_ROLES[key]) {
    case ROLE.none:
      return isSimpleValue(view, value, end)
    case ROLE.value:
      return readNew(reader, view, key, at, end)
    case ROLE.target:
      return addTarget(reader, view, key, value, end)
    case ROLE.presence:
      reader.facts |= FACT.hasInvocation
      return textStart(view, value, end) > 0
    case ROLE.requestSize:
      reader.means |= SEEN.requestSize
      return isSimpleValue(view, value, end)
    case ROLE.responseSize:
      reader.means |= SEEN.responseSize
      return isSimpleValue(view, value, end)
    case ROLE.declared:
      reader.facts |= FACT.declares
      reader.hasDeclared = true
      return isSimpleValue(view, value, end)
    case ROLE.tokens:
      return addTokens(reader, view, key, value, end)
    default:
      return false
  }
}

/**
 * Remembers how many tokens the span says that it took. None, and so many that each has another price, are left to the rater, as is
 * what is no whole number and what two attributes say.
 */
function addTokens(reader: Reader, view: DataView, key: number, start: number, end: number): boolean {
  if (end - start < 2 || view.getUint8(start) !== INT || contentStart(view, start + 1) !== end) return false
  const tokens = lengthAt(view, start + 1)
  const isOutput = IS_OUTPUT[key] === 1
  if (tokens === 0 || tokens > LONG_PROMPT_TOKENS || reader.length >= SIGNATURE_MAX) return false
  if ((isOutput ? reader.outputTokens : reader.inputTokens) !== 0) return false
  if (isOutput) reader.outputTokens = tokens
  else reader.inputTokens = tokens
  reader.signature[reader.length] = (FIELD.tokens << VALUE_BITS) | key
  reader.length += 1
  return true
}

/** An attribute that is not known, or whose key shares a bucket with one of another role. */
function readNew(reader: Reader, view: DataView, key: number, at: number, end: number): boolean {
  const hash = hashOf(view, at, end)
  const known = findBytes(reader.values, view, at, end, hash)
  const value = known >= 0 ? known : learnValue(reader, view, key, at, end, hash)
  if (value < 0) return false
  addKnown(reader, value)
  return true
}

/** Puts an attribute into the signature. */
function addKnown(reader: Reader, value: number): void {
  const { length } = reader
  const key = reader.valueKeys[value] as number
  if (length >= SIGNATURE_MAX || wasSeen(reader, key)) {
    reader.isAlone = true
    return
  }
  if (reader.isText[value] === 1) reader.means |= KEY_MEANINGS[key] as number
  reader.signature[length] = value
  reader.length = length + 1
}

/**
 * Decodes an attribute as the plain decoder does, once: then its bytes, key and value, are known to be good. -1: it is not kept, for it
 * is too long, finds no room, or is a text of blanks, which leaves open what the operation is made of. Throws Refused.
 */
function learnValue(reader: Reader, view: DataView, key: number, at: number, end: number, hash: number): number {
  if (end - at > ATTRIBUTE_BYTES_MAX) return -1
  const entries = emptyEntries()
  readKeptAttribute({ bytes: bytesOf(view), at }, end, entries)
  const [decoded] = Object.values(entries)
  const isText = typeof decoded === 'string' && decoded !== ''
  if (isText && isBlank(decoded)) return -1
  const value = addBytes(reader.values, view, at, end, hash)
  if (value < 0) {
    reader.isFull = true
    return -1
  }
  reader.valueKeys[value] = key
  reader.isText[value] = isText ? 1 : 0
  return value
}

/** Remembers the target that the operation would be made of. */
function addTarget(reader: Reader, view: DataView, key: number, start: number, end: number): boolean {
  const text = textStart(view, start, end)
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
function textStart(view: DataView, start: number, end: number): number {
  if (end - start < 3 || view.getUint8(start) !== STRING) return -1
  const length = view.getUint8(start + 1)
  if (length < 0x80) return start + 2 + length === end ? start + 2 : -1
  const high = view.getUint8(start + 2)
  if (high > 0x7f) return -1
  return start + 3 + ((length & 0x7f) | (high << 7)) === end && end - start > 3 ? start + 3 : -1
}

/** Is it an AnyValue of one text, number or truth value, well formed? Its value does not matter then. */
function isSimpleValue(view: DataView, start: number, end: number): boolean {
  if (start >= end) return false
  switch (view.getUint8(start)) {
    case STRING:
      return textStart(view, start, end) > 0
    case INT:
    case BOOL:
      return varintEnd(view, start + 1, end) === end
    case DOUBLE:
      return end - start === 9
    default:
      return false
  }
}
