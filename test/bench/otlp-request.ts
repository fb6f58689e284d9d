/** Builds OTLP export requests as bytes (opentelemetry-proto 1.11), independently of the decoder that is measured. */

type Attribute = readonly [key: string, value: string | number]

export interface BenchSpan {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array
  readonly name: string
  readonly kind: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: readonly Attribute[]
}

export interface BenchResource {
  readonly attributes: readonly Attribute[]
  readonly spans: readonly BenchSpan[]
}

const text = new TextEncoder()

function varint(value: number | bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes])

const numeric = (number: number, value: number | bigint): Uint8Array =>
  Uint8Array.from([...varint(number << 3), ...varint(value)])

function fixed64(number: number, value: bigint): Uint8Array {
  const bytes = Buffer.alloc(9)
  bytes[0] = (number << 3) | 1
  bytes.writeBigUInt64LE(value, 1)
  return bytes
}

function fixed32(number: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(6)
  bytes.set(varint((number << 3) | 5))
  const head = varint((number << 3) | 5).length
  bytes.writeUInt32LE(value, head)
  return bytes.subarray(0, head + 4)
}

const keyValue = (number: number, [key, value]: Attribute): Uint8Array =>
  field(
    number,
    Buffer.concat([
      field(1, text.encode(key)),
      field(2, typeof value === 'string' ? field(1, text.encode(value)) : numeric(3, value)),
    ]),
  )

const FLAGS_KNOWN_REMOTE = 0x301

function spanBytes(span: BenchSpan): Uint8Array {
  return Buffer.concat([
    field(1, span.traceId),
    field(2, span.spanId),
    ...(span.parentSpanId.length === 0 ? [] : [field(4, span.parentSpanId)]),
    field(5, text.encode(span.name)),
    numeric(6, span.kind),
    fixed64(7, span.startNs),
    fixed64(8, span.endNs),
    ...span.attributes.map((attribute) => keyValue(9, attribute)),
    field(15, Uint8Array.of()),
    fixed32(16, FLAGS_KNOWN_REMOTE),
  ])
}

/** One export request. */
export function otlpRequest(resources: readonly BenchResource[]): Uint8Array {
  return Buffer.concat(
    resources.map((resource) =>
      field(
        1,
        Buffer.concat([
          field(1, Buffer.concat(resource.attributes.map((attribute) => keyValue(1, attribute)))),
          field(
            2,
            Buffer.concat([
              field(1, field(1, text.encode('@opentelemetry/instrumentation-http'))),
              ...resource.spans.map((span) => field(2, spanBytes(span))),
            ]),
          ),
        ]),
      ),
    ),
  )
}
