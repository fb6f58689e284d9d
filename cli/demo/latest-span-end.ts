import type { EpochMs } from '../../layers/core/time/instants.ts'

/** A span's times, epoch nanoseconds. */
interface Times {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** Epoch nanoseconds have 19 digits from 2001 to 2286 (layers/core/otlp refuses all others). */
const EPOCH_NS_MIN = 10n ** 18n
const EPOCH_NS_MAX = 10n ** 19n
/** Epoch milliseconds of a plain record have 13 digits. */
const EPOCH_MS_MIN = 1e12
const EPOCH_MS_MAX = 1e13
const NS_PER_MS = 1_000_000n

/**
 * When the latest span in a record ended, epoch ms; undefined where none has plausible times. Looks at the times alone
 * and never throws: whether the record can be booked is for the decoder to say, which needs this moment first.
 */
export function latestSpanEnd(record: Uint8Array): EpochMs | undefined {
  const json = parseJson(record)
  const declaredMs = plainTimestamp(json)
  if (declaredMs !== undefined) return declaredMs
  const times = json === undefined ? timesInProtobuf(record) : timesInJson(json)
  return latest(times.filter(arePlausible).map((span) => Number(span.endNs / NS_PER_MS) as EpochMs))
}

/** The latest of some moments, epoch ms; undefined where there are none. */
export function latest(moments: readonly EpochMs[]): EpochMs | undefined {
  return moments.reduce<EpochMs | undefined>(
    (known, moment) => (known === undefined || moment > known ? moment : known),
    undefined,
  )
}

/** The JSON value of a record, undefined where it is none. */
export function parseJson(record: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function arePlausible({ startNs, endNs }: Times): boolean {
  return EPOCH_NS_MIN <= startNs && startNs <= endNs && endNs < EPOCH_NS_MAX
}

function plainTimestamp(json: unknown): EpochMs | undefined {
  if (!isObject(json) || !('cost_amount' in json)) return undefined
  const at = json.timestamp
  if (typeof at !== 'number' || !Number.isInteger(at)) return undefined
  return EPOCH_MS_MIN < at && at < EPOCH_MS_MAX ? (at as EpochMs) : undefined
}

/** `resourceSpans[].scopeSpans[].spans[]` of OTLP/JSON, whatever else stands around it. */
function timesInJson(json: unknown): readonly Times[] {
  return itemsOf(json, 'resourceSpans')
    .flatMap((resourceSpans) => itemsOf(resourceSpans, 'scopeSpans'))
    .flatMap((scopeSpans) => itemsOf(scopeSpans, 'spans'))
    .flatMap((span) => {
      if (!isObject(span)) return []
      const startNs = wholeNumber(span.startTimeUnixNano)
      const endNs = wholeNumber(span.endTimeUnixNano)
      return startNs === undefined || endNs === undefined ? [] : [{ startNs, endNs }]
    })
}

function itemsOf(value: unknown, key: string): readonly unknown[] {
  if (!isObject(value)) return []
  const items = value[key]
  return Array.isArray(items) ? items : []
}

/** OTLP/JSON writes 64-bit integers as decimal strings and accepts numbers. */
function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value)
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : undefined
}

/** One field of a protobuf message; `value` is empty where it is a varint. */
interface Field {
  readonly number: number
  readonly wireType: number
  readonly value: Uint8Array
}

const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/**
 * ExportTraceServiceRequest { 1 resource_spans { 2 scope_spans { 2 spans { 7 start fixed64, 8 end fixed64 } } } }
 * (opentelemetry-proto 1.11, trace.proto).
 */
function timesInProtobuf(record: Uint8Array): readonly Times[] {
  return messagesIn(record, 1)
    .flatMap((resourceSpans) => messagesIn(resourceSpans, 2))
    .flatMap((scopeSpans) => messagesIn(scopeSpans, 2))
    .map((span) => ({ startNs: fixed64In(span, 7), endNs: fixed64In(span, 8) }))
}

function messagesIn(message: Uint8Array, number: number): readonly Uint8Array[] {
  return [...fieldsOf(message)]
    .filter((field) => field.number === number && field.wireType === LENGTH_DELIMITED)
    .map((field) => field.value)
}

/** A fixed64 field, 0 where it is absent; the last one wins, as proto3 has it. */
function fixed64In(message: Uint8Array, number: number): bigint {
  const field = [...fieldsOf(message)].findLast((one) => one.number === number && one.wireType === FIXED64)
  if (field === undefined) return 0n
  return new DataView(field.value.buffer, field.value.byteOffset, 8).getBigUint64(0, true)
}

/** The fields of a message in their order; ends at the first one that does not fit. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0
  while (at < message.length) {
    const tag = varintAt(message, at)
    if (tag === undefined) return
    const wireType = tag.value % 8
    const length = lengthOf(message, wireType, tag.next)
    if (length === undefined || length.next + length.value > message.length) return
    at = length.next + length.value
    yield { number: Math.floor(tag.value / 8), wireType, value: message.subarray(length.next, at) }
  }
}

/** How many bytes a field's value has and where they begin; undefined for groups and reserved wire types. */
function lengthOf(message: Uint8Array, wireType: number, at: number): { value: number; next: number } | undefined {
  if (wireType === LENGTH_DELIMITED) return varintAt(message, at)
  if (wireType === FIXED64) return { value: 8, next: at }
  if (wireType === FIXED32) return { value: 4, next: at }
  const varint = wireType === 0 ? varintAt(message, at) : undefined
  return varint && { value: 0, next: varint.next }
}

/** A base-128 varint of at most 10 bytes; above 2^53 its value is rounded, which no length or tag here reaches. */
function varintAt(message: Uint8Array, at: number): { value: number; next: number } | undefined {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const byte = message[at + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: at + index + 1 }
  }
  return undefined
}
