/** Requests as tests write them: a plain model, and an encoder of each OTLP encoding that knows nothing of the decoder. */

export type WrittenValue =
  | { readonly string: string }
  | { readonly bool: boolean }
  | { readonly int: bigint }
  | { readonly double: number }
  | { readonly array: readonly WrittenValue[] }
  | { readonly list: readonly WrittenAttribute[] }
  | { readonly bytes: Uint8Array }
  | { readonly empty: true }

export type WrittenAttribute = readonly [key: string, value: WrittenValue]

export interface WrittenSpan {
  /** Hex, of any length. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly traceState: string
  readonly name: string
  readonly kind: number
  /** Epoch nanoseconds. */
  readonly start: bigint
  readonly end: bigint
  readonly attributes: readonly WrittenAttribute[]
  readonly statusCode: number
  readonly flags: number
}

export interface WrittenRequest {
  readonly resources: readonly {
    readonly attributes: readonly WrittenAttribute[]
    readonly scopes: readonly { readonly name: string; readonly spans: readonly WrittenSpan[] }[]
  }[]
}

/** 2026-11-23T08:07:30Z. */
export const NOW_MS = 1_795_421_250_000

export const goodSpan: WrittenSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '',
  traceState: '',
  name: 'GET /cart',
  kind: 2,
  start: BigInt(NOW_MS) * 1_000_000n - 25_000_001n,
  end: BigInt(NOW_MS) * 1_000_000n - 1n,
  attributes: [],
  statusCode: 0,
  flags: 0,
}

export const requestOfSpans = (...spans: WrittenSpan[]): WrittenRequest => ({
  resources: [{ attributes: [['service.name', { string: 'checkout' }]], scopes: [{ name: 'scope', spans }] }],
})

/** One encoded field of a message. A test may rearrange the fields of every message. */
export interface WrittenField {
  readonly field: number
  readonly bytes: Buffer
}
export type Arrange = (fields: WrittenField[]) => WrittenField[]

const asWritten: Arrange = (fields) => fields

export function toProtobuf(request: WrittenRequest, arrange: Arrange = asWritten): Uint8Array {
  const { message, string, int32, bytes, fixed64, fixed32, int64, double } = fieldWriters(arrange)
  const value = (written: WrittenValue): WrittenField[] => {
    if ('string' in written) return [string(1, written.string)]
    if ('bool' in written) return [int32(2, written.bool ? 1 : 0)]
    if ('int' in written) return [int64(3, written.int)]
    if ('double' in written) return [double(4, written.double)]
    if ('array' in written)
      return [
        message(
          5,
          written.array.map((each) => message(1, value(each))),
        ),
      ]
    if ('list' in written)
      return [
        message(
          6,
          written.list.map((each) => attribute(1, each)),
        ),
      ]
    if ('bytes' in written) return [bytes(7, Buffer.from(written.bytes))]
    return []
  }
  const attribute = (field: number, [key, written]: WrittenAttribute): WrittenField =>
    message(field, [string(1, key), message(2, value(written))])
  const span = (s: WrittenSpan): WrittenField =>
    message(2, [
      bytes(1, Buffer.from(s.traceId, 'hex')),
      bytes(2, Buffer.from(s.spanId, 'hex')),
      string(3, s.traceState),
      bytes(4, Buffer.from(s.parentSpanId, 'hex')),
      string(5, s.name),
      int32(6, s.kind),
      fixed64(7, s.start),
      fixed64(8, s.end),
      ...s.attributes.map((each) => attribute(9, each)),
      message(15, [string(2, 'message'), int32(3, s.statusCode)]),
      fixed32(16, s.flags),
    ])
  return new Uint8Array(
    joined(
      arrange(
        request.resources.map((resource) =>
          message(1, [
            message(
              1,
              resource.attributes.map((each) => attribute(1, each)),
            ),
            ...resource.scopes.map((scope) =>
              message(2, [message(1, [string(1, scope.name)]), ...scope.spans.map(span)]),
            ),
          ]),
        ),
      ),
    ),
  )
}

const joined = (fields: readonly WrittenField[]): Buffer => Buffer.concat(fields.map((each) => each.bytes))

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

export const tagged = (field: number, wireType: number, content: Buffer): WrittenField => ({
  field,
  bytes: Buffer.concat([varint(BigInt(field * 8 + wireType)), content]),
})

const delimited = (field: number, content: Buffer): WrittenField =>
  tagged(field, 2, Buffer.concat([varint(BigInt(content.length)), content]))

function fixed(size: 4 | 8, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size)
  write(buffer)
  return buffer
}

/** Writers of single fields, for requests that no model describes. */
export const fieldWriters = (arrange: Arrange = asWritten) => ({
  message: (field: number, fields: readonly WrittenField[]) => delimited(field, joined(arrange([...fields]))),
  string: (field: number, text: string) => delimited(field, Buffer.from(text)),
  bytes: (field: number, content: Buffer) => delimited(field, content),
  int32: (field: number, value: number) => tagged(field, 0, varint(BigInt(value))),
  int64: (field: number, value: bigint) => tagged(field, 0, varint(value)),
  double: (field: number, value: number) =>
    tagged(
      field,
      1,
      fixed(8, (b) => b.writeDoubleLE(value)),
    ),
  fixed64: (field: number, value: bigint) =>
    tagged(
      field,
      1,
      fixed(8, (b) => b.writeBigUInt64LE(value)),
    ),
  fixed32: (field: number, value: number) =>
    tagged(
      field,
      5,
      fixed(4, (b) => b.writeUInt32LE(value)),
    ),
})

export function toJson(request: WrittenRequest): Uint8Array {
  const value = (written: WrittenValue): object => {
    if ('string' in written) return { stringValue: written.string }
    if ('bool' in written) return { boolValue: written.bool }
    if ('int' in written) return { intValue: String(written.int) }
    if ('double' in written) {
      return { doubleValue: Number.isFinite(written.double) ? written.double : String(written.double) }
    }
    if ('array' in written) return { arrayValue: { values: written.array.map(value) } }
    if ('list' in written) return { kvlistValue: { values: written.list.map(attribute) } }
    if ('bytes' in written) return { bytesValue: Buffer.from(written.bytes).toString('base64') }
    return {}
  }
  const attribute = ([key, written]: WrittenAttribute) => ({ key, value: value(written) })
  const span = (s: WrittenSpan) => ({
    traceId: s.traceId.toUpperCase(),
    spanId: s.spanId,
    parentSpanId: s.parentSpanId,
    traceState: s.traceState,
    name: s.name,
    kind: s.kind,
    startTimeUnixNano: String(s.start),
    endTimeUnixNano: String(s.end),
    attributes: s.attributes.map(attribute),
    status: { code: s.statusCode, message: 'message' },
    flags: s.flags,
  })
  return jsonBytes({
    resourceSpans: request.resources.map((resource) => ({
      resource: { attributes: resource.attributes.map(attribute) },
      scopeSpans: resource.scopes.map((scope) => ({ scope: { name: scope.name }, spans: scope.spans.map(span) })),
    })),
  })
}

export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
