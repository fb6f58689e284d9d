import type { Picodollars } from '../money/picodollars.ts'
import type { EpochMs } from '../time/instants.ts'
import { decodeJson } from './json.ts'
import { isObject, type JsonObject } from './json-fields.ts'
import { isPlainRecord, readPlainRecord } from './plain-record.ts'
import { decodeProtobuf } from './protobuf.ts'
import { Refused } from './refused.ts'
import type { DecodedRecord, DecodeRecord } from './span.ts'

type Format = DecodedRecord['format']

const FIRST_FIELD = 0x0a
const OPENING_BRACE = 0x7b
const OPENING_BRACKET = 0x5b
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/**
 * Decodes the value of a Kafka record: OTLP in JSON or protobuf, or a plain record; see `DecodeRecord` of span.ts.
 * A record may begin with 0x0a in either encoding, a line feed or protobuf's field 1: JSON that parses wins.
 */
export const decodeRecord: DecodeRecord = (value, recordTimestamp, maxDeclared) => {
  const json = looksLikeJson(value) ? parseJson(value) : undefined
  if (json !== undefined) return decodeParsed(json.root, value, recordTimestamp, maxDeclared)
  if (looksLikeJson(value) && value[0] !== FIRST_FIELD) {
    return dead('unknown', value, new Refused('undecodable', 'it begins like JSON and is not'))
  }
  const format = value.length === 0 || value[0] === FIRST_FIELD ? 'otlp_proto' : 'unknown'
  if (value.length === 0) return { format, spans: [], plain: [], dead: [] }
  return orDead(format, value, () => ({ format: 'otlp_proto', plain: [], ...decodeProtobuf(value, recordTimestamp) }))
}

function decodeParsed(root: unknown, value: Uint8Array, at: EpochMs, maxDeclared: Picodollars): DecodedRecord {
  if (!isObject(root)) return dead('unknown', value, new Refused('not_spans', 'JSON, but not an object'))
  const format = formatOf(root)
  return orDead(format, value, () => {
    if (format === 'otlp_json') return { format, plain: [], ...decodeJson(tracesOf(root), at) }
    if (format === 'plain') return { format, spans: [], plain: [readPlainRecord(root, at, maxDeclared)], dead: [] }
    throw new Refused('not_spans', 'JSON without resourceSpans, and no plain record')
  })
}

/** `{}` is an export request without spans. */
function formatOf(root: JsonObject): Format {
  if (root.resourceSpans !== undefined) return 'otlp_json'
  if (isPlainRecord(root)) return 'plain'
  if (isOtherSignal(root) || Object.keys(root).length === 0) return 'otlp_json'
  return 'unknown'
}

function tracesOf(root: JsonObject): JsonObject {
  if (root.resourceSpans === undefined && isOtherSignal(root)) {
    throw new Refused('wrong_signal', 'OTLP logs, metrics or profiles, not traces')
  }
  return root
}

const isOtherSignal = (root: JsonObject): boolean =>
  root.resourceLogs !== undefined || root.resourceMetrics !== undefined || root.resourceProfiles !== undefined

/** Is the first byte that is no white space (RFC 8259) an opening brace or bracket? A byte order mark may stand before. */
export function looksLikeJson(value: Uint8Array): boolean {
  let at = BYTE_ORDER_MARK.every((byte, i) => value[i] === byte) ? BYTE_ORDER_MARK.length : 0
  while (value[at] === 0x20 || value[at] === 0x0a || value[at] === 0x0d || value[at] === 0x09) at++
  return value[at] === OPENING_BRACE || value[at] === OPENING_BRACKET
}

function parseJson(value: Uint8Array): { readonly root: unknown } | undefined {
  try {
    return { root: JSON.parse(new TextDecoder().decode(value)) }
  } catch {
    return undefined
  }
}

/** A record that is refused as a whole is one dead part. */
function orDead(format: Format, value: Uint8Array, decode: () => DecodedRecord): DecodedRecord {
  try {
    return decode()
  } catch (error) {
    if (error instanceof Refused) return dead(format, value, error)
    throw error
  }
}

const dead = (format: Format, value: Uint8Array, { reason, message }: Refused): DecodedRecord => ({
  format,
  spans: [],
  plain: [],
  dead: [{ reason, detail: message, body: value, spans: 1 }],
})
