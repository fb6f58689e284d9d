import { nameFacets } from '../operation/operation.ts'
import { textAt } from '../otlp/interned-text.ts'
import { TEXT_MAX, TRACE_STATE_MAX } from '../otlp/limits.ts'
import { readSpanFields } from '../otlp/protobuf-span.ts'
import { type Span, STATUS_ERROR } from '../otlp/span.ts'
import { AHEAD_MAX_MS, acceptSpan, BEHIND_MAX_MS, isFault } from '../otlp/span-fields.ts'
import { isDrawn, traceStateFacets } from '../rating/sampling.ts'
import { type EpochMs, MS_PER_MINUTE } from '../time/instants.ts'
import { bytesOf, hashOf } from './byte-table.ts'
import { MEANS } from './key-roles.ts'
import { contentStart, lengthAt, varintEnd } from './lengths.ts'
import { FACT, FIELD, readAttributes, SEEN, VALUE_BITS } from './read-attribute.ts'
import { currentResource, currentScopeName } from './read-resource.ts'
import { FACETS_MAX, MINUTE_SLOTS, type Reader } from './reader.ts'
import { addSignature, findSignature, signatureHash } from './signature-table.ts'
import { keepInSlot, numberInSlot } from './slot-cache.ts'
import { NO_PLAN, planOf } from './span-plan.ts'
import { isFullOfPatterns, patternAt } from './target-patterns.ts'

// Span of trace.proto, see otlp/protobuf-span.ts. A tag is field number * 8 + wire type; flags' has two bytes.
const TRACE_ID = 10
const SPAN_ID = 18
const TRACE_STATE = 26
const PARENT_SPAN_ID = 34
const NAME = 42
const KIND = 48
const START = 57
const END = 65
const ATTRIBUTE = 74
const DROPPED_ATTRIBUTES = 80
const EVENT = 90
const DROPPED_EVENTS = 96
const LINK = 106
const DROPPED_LINKS = 112
const STATUS = 122
const FLAGS_1 = 0x85
const FLAGS_2 = 0x01
const STATUS_MESSAGE = 18
const STATUS_CODE = 24

/** The span is one to be rated by itself; or this record is one for the plain decoder: a span of it is dead, or it is malformed. */
export const ALONE = -1
export const REFUSED = -2

const HAS_TRACE_ID = 1
const HAS_SPAN_ID = 2
const HAS_BOTH_IDS = 3

const NO_TARGET = 127

const FACT_KIND_SHIFT = 4
const FACT_KIND = 7 << FACT_KIND_SHIFT
const FACT_ROOT = 1 << 7
const FACT_REMOTE = 3 << 8
const FACT_ERROR = 1 << 10

const TWO_32 = 2 ** 32
/** The first high half of a fixed64 of nanoseconds all of whose times can be: 10^18 and after. */
const HIGH_MIN = 232_830_644

/**
 * Reads the Span in `[start, end)`: the number of its plan, ALONE or REFUSED. Leaves the minute in which it ended and its duration in the
 * reader. Throws Refused and RangeError.
 */
export function readSpan(reader: Reader, view: DataView, first: number, limit: number): number {
  // as in readAttributes
  const start = first | 0
  const end = limit | 0
  reader.spanNumber = (reader.spanNumber + 1) | 0
  reader.length = 2
  reader.means = 0
  reader.facts = reader.scopeFact
  reader.targetRank = NO_TARGET
  reader.isAlone = false
  reader.inputTokens = 0
  reader.outputTokens = 0
  let ids = 0
  let facts = FACT_ROOT
  let statusCode = 0
  let nameStart = 0
  let nameEnd = 0
  let stateStart = 0
  let stateEnd = 0
  let startTime = 0
  let endTime = 0
  let at = start
  // In the order of the field numbers, as every exporter writes them: then one turn reads a span. Any other order takes more turns.
  while (at < end) {
    const turn = at
    if (startsAsUsual(view, at, end)) {
      ids = HAS_BOTH_IDS
      facts &= ~FACT_ROOT
      at += USUAL_BYTES
    }
    let tag = view.getUint8(at)
    if (tag === TRACE_ID) {
      if (at + 18 > end || view.getUint8(at + 1) !== 16 || isZero(view, at + 2, 16)) return REFUSED
      ids |= HAS_TRACE_ID
      at += 18
      tag = tagAt(view, at, end)
    }
    if (tag === SPAN_ID) {
      if (at + 10 > end || view.getUint8(at + 1) !== 8 || isZero(view, at + 2, 8)) return REFUSED
      ids |= HAS_SPAN_ID
      at += 10
      tag = tagAt(view, at, end)
    }
    if (tag === TRACE_STATE) {
      stateStart = contentStart(view, at + 1)
      stateEnd = stateStart + lengthAt(view, at + 1)
      if (stateEnd > end) return REFUSED
      at = stateEnd
      tag = tagAt(view, at, end)
    }
    if (tag === PARENT_SPAN_ID) {
      const length = view.getUint8(at + 1)
      if ((length !== 8 && length !== 0) || at + 2 + length > end) return REFUSED
      facts = length === 0 || isZero(view, at + 2, 8) ? facts | FACT_ROOT : facts & ~FACT_ROOT
      at += 2 + length
      tag = tagAt(view, at, end)
    }
    if (tag === NAME) {
      nameStart = contentStart(view, at + 1)
      nameEnd = nameStart + lengthAt(view, at + 1)
      if (nameEnd > end) return REFUSED
      at = nameEnd
      tag = tagAt(view, at, end)
    }
    if (tag === KIND) {
      const kind = view.getUint8(at + 1)
      if (kind > 0x7f) return ALONE
      facts = (facts & ~FACT_KIND) | ((kind <= 5 ? kind : 0) << FACT_KIND_SHIFT)
      at += 2
      tag = tagAt(view, at, end)
    }
    if (tag === START) {
      if (at + 9 > end) return REFUSED
      startTime = at + 1
      at += 9
      tag = tagAt(view, at, end)
    }
    if (tag === END) {
      if (at + 9 > end) return REFUSED
      endTime = at + 1
      at += 9
      tag = tagAt(view, at, end)
    }
    if (tag === ATTRIBUTE) {
      at = readAttributes(reader, view, at, end)
      if (at < 0) return REFUSED
      tag = tagAt(view, at, end)
    }
    while (isSkipped(tag)) {
      at = skippedEnd(view, at, end)
      if (at < 0 || at > end) return REFUSED
      tag = tagAt(view, at, end)
    }
    if (tag === STATUS) {
      const from = contentStart(view, at + 1)
      const to = from + lengthAt(view, at + 1)
      if (to > end) return REFUSED
      if (from < to) statusCode = readStatus(view, from, to, statusCode)
      if (statusCode < 0) return ALONE
      at = to
      tag = tagAt(view, at, end)
    }
    if (tag === FLAGS_1) {
      if (at + 6 > end || view.getUint8(at + 1) !== FLAGS_2) return ALONE
      // FLAG_HAS_IS_REMOTE and FLAG_IS_REMOTE are its bits 8 and 9, and in the facts
      facts = (facts & ~FACT_REMOTE) | (view.getUint16(at + 2, true) & FACT_REMOTE)
      at += 6
    }
    if (at === turn) return ALONE
  }
  if (at !== end || ids !== HAS_BOTH_IDS || !readTimes(reader, view, startTime, endTime)) return REFUSED
  if (reader.isAlone) return ALONE
  reader.facts |= facts | (statusCode === STATUS_ERROR ? FACT_ERROR : 0)
  if (stateEnd > stateStart && !addTraceState(reader, view, stateStart, stateEnd)) return ALONE
  if (!addOperation(reader, view, nameStart, nameEnd)) return ALONE
  return planOfSignature(reader, start, end)
}

/** Trace id, span id and parent, each followed by its length. */
const USUAL_TRACE_ID = 0x100a
const USUAL_SPAN_ID = 0x0812
const USUAL_PARENT = 0x0822
const USUAL_BYTES = 38

/** Do the three ids stand here, one after the other, none of them beginning with four zeros? Most spans begin so, and it is one question. */
const startsAsUsual = (view: DataView, at: number, end: number): boolean =>
  at + USUAL_BYTES < end &&
  view.getUint16(at, true) === USUAL_TRACE_ID &&
  view.getUint16(at + 18, true) === USUAL_SPAN_ID &&
  view.getUint16(at + 28, true) === USUAL_PARENT &&
  view.getInt32(at + 2, true) !== 0 &&
  view.getInt32(at + 20, true) !== 0 &&
  view.getInt32(at + 30, true) !== 0

/** 0 where the span ends. */
const tagAt = (view: DataView, at: number, end: number): number => (at < end ? view.getUint8(at) : 0)

/** The span that is being read, as the plain decoder has it; undefined where it is dead. Throws Refused. */
export function decodeSpan(reader: Reader, start: number, end: number): Span | undefined {
  const fields = readSpanFields({ bytes: bytesOf(reader.view), at: start }, end)
  const judged = acceptSpan(fields, currentResource(reader), currentScopeName(reader), reader.recordTimestamp)
  return isFault(judged) ? undefined : judged
}

function planOfSignature(reader: Reader, start: number, end: number): number {
  const { signature, length, signatures, plans } = reader
  signature[0] = reader.resourceId
  signature[1] = reader.facts
  const hash = signatureHash(signature, length)
  const known = findSignature(signatures, signature, length, hash)
  if (known >= 0) return plans[known] === NO_PLAN ? ALONE : known
  const span = decodeSpan(reader, start, end)
  if (span === undefined) return REFUSED
  const declares = (reader.facts & FACT.declares) !== 0
  const plan = planOf(span, declares, reader.context, reader.lines, reader.shared)
  const number = addSignature(signatures, signature, length, hash)
  if (number < 0) {
    reader.isFull = true
    return ALONE
  }
  plans.push(plan)
  return plan === NO_PLAN ? ALONE : number
}

/** Puts the span's target or name into the signature where its operation is made of it (operation/operation.ts). */
function addOperation(reader: Reader, view: DataView, nameStart: number, nameEnd: number): boolean {
  const { means } = reader
  if ((means & SEEN.requestSize) !== 0 && (means & MEANS.rpcSystem) !== 0) return false
  if ((means & SEEN.responseSize) !== 0 && reader.paysForEgress[reader.resourceId] === 1) return false
  if ((means & (MEANS.modelOperation | MEANS.rpcMethod)) !== 0) return true
  if ((means & MEANS.httpMethod) === 0) {
    return (means & (MEANS.messaging | MEANS.database)) !== 0 || addName(reader, view, nameStart, nameEnd)
  }
  if ((means & MEANS.httpRoute) !== 0) return true
  if (reader.targetRank === NO_TARGET) return addName(reader, view, nameStart, nameEnd)
  const pattern = patternAt(reader.targets, view, reader.targetStart, reader.targetEnd)
  if (pattern < 0) {
    reader.isFull ||= isFullOfPatterns(reader.targets)
    return false
  }
  return addField(reader, FIELD.target, pattern)
}

function addName(reader: Reader, view: DataView, start: number, end: number): boolean {
  const { names } = reader
  const hash = hashOf(view, start, end)
  let number = numberInSlot(names, view, start, end, hash)
  if (number < 0) {
    number = facetsNumber(reader, `name ${nameFacets(textAt(bytesOf(view), start, end, TEXT_MAX))}`)
    if (number < 0) return false
    keepInSlot(names, view, start, end, hash, number)
  }
  return addField(reader, FIELD.name, number)
}

/** Most tracestates say nothing of sampling, and many are another for each trace. */
function addTraceState(reader: Reader, view: DataView, start: number, end: number): boolean {
  const said = bytesOf(view).toString('latin1', start, end)
  if (!said.includes('ot=')) return true
  const text = textAt(bytesOf(view), start, end, TRACE_STATE_MAX + 1)
  if (text.length > TRACE_STATE_MAX) return true
  if (isDrawn(text)) return false
  const number = facetsNumber(reader, `weight ${traceStateFacets(text)}`)
  return number >= 0 && addField(reader, FIELD.traceState, number)
}

function facetsNumber(reader: Reader, facets: string): number {
  const known = reader.facets.get(facets)
  if (known !== undefined) return known
  if (reader.facets.size >= FACETS_MAX) {
    reader.isFull = true
    return -1
  }
  reader.facets.set(facets, reader.facets.size)
  return reader.facets.size - 1
}

function addField(reader: Reader, field: number, number: number): boolean {
  reader.signature[reader.length] = (field << VALUE_BITS) | number
  reader.length += 1
  return true
}

/**
 * Are the fixed64s at these places the times of a span that can be booked (`acceptSpan`)? What is near a bound is left to the
 * plain decoder, as is what has none (a span's fields never stand at 0). High halves are positive in 32 bits until 2262.
 */
function readTimes(reader: Reader, view: DataView, start: number, end: number): boolean {
  if (start === 0 || end === 0) return false
  const startHigh = view.getInt32(start + 4, true)
  const endHigh = view.getInt32(end + 4, true)
  if (startHigh < HIGH_MIN || endHigh < reader.nearHighMin || endHigh > reader.nearHighMax) return false
  const endLow = view.getUint32(end, true)
  const durationNs = (endHigh - startHigh) * TWO_32 + (endLow - view.getUint32(start, true))
  if (durationNs < 0 || durationNs > Number.MAX_SAFE_INTEGER) return false
  const slot = endHigh & (MINUTE_SLOTS - 1)
  reader.endMinute =
    reader.minuteHighs[slot] === endHigh ? (reader.minutes[slot] as number) : minuteOf(reader, endHigh, endLow)
  reader.durationNs[0] = durationNs
  return true
}

/** Sets between which high halves of a fixed64 of nanoseconds a span is surely near to its record (`isNear`). */
export function startTimes(reader: Reader, recordTimestamp: EpochMs): void {
  reader.recordTimestamp = recordTimestamp
  reader.nearHighMin = Math.ceil(((recordTimestamp - BEHIND_MAX_MS) * 1e6) / TWO_32) + 1
  reader.nearHighMax = Math.min(Math.floor(((recordTimestamp + AHEAD_MAX_MS) * 1e6) / TWO_32) - 1, 2 ** 31 - 1)
}

/** 2^32 ns are 4294 ms and 967,296 ns: every number here is exact. */
const msOf = (high: number, low: number): number => high * 4294 + Math.floor((high * 967_296 + low) / 1e6)

function minuteOf(reader: Reader, high: number, low: number): number {
  const minute = Math.floor(msOf(high, low) / MS_PER_MINUTE)
  const first = Math.floor(msOf(high, 0) / MS_PER_MINUTE)
  if (first === Math.floor(msOf(high, TWO_32 - 1) / MS_PER_MINUTE)) {
    const slot = high & (MINUTE_SLOTS - 1)
    reader.minuteHighs[slot] = high
    reader.minutes[slot] = first
  }
  return minute
}

/** The code in a Status, on top of `before`; -1 where it has fields that are left to the plain decoder. */
function readStatus(view: DataView, start: number, end: number, before: number): number {
  let code = before
  let at = start
  while (at < end) {
    if (at + 1 >= end) return -1
    const tag = view.getUint8(at)
    const next = view.getUint8(at + 1)
    if (next > 0x7f) return -1
    at += 2
    if (tag === STATUS_CODE) code = next
    else if (tag === STATUS_MESSAGE) at += next
    else return -1
  }
  return at === end ? code : -1
}

/** Fields that are not read: events, links, and how many were dropped. */
const isSkipped = (tag: number): boolean =>
  tag === EVENT || tag === LINK || tag === DROPPED_ATTRIBUTES || tag === DROPPED_EVENTS || tag === DROPPED_LINKS

/** Where such a field ends: -1, or beyond the span's end, where it does not end within it. A count may have ten bytes, as any varint. */
function skippedEnd(view: DataView, at: number, end: number): number {
  const tag = view.getUint8(at)
  if (tag === EVENT || tag === LINK) return contentStart(view, at + 1) + lengthAt(view, at + 1)
  return varintEnd(view, at + 1, end)
}

function isZero(view: DataView, at: number, length: 8 | 16): boolean {
  if (view.getInt32(at, true) !== 0 || view.getInt32(at + 4, true) !== 0) return false
  return length === 8 || (view.getInt32(at + 8, true) === 0 && view.getInt32(at + 12, true) === 0)
}
