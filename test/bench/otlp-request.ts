/** Builds OTLP export requests as bytes (opentelemetry-proto 1.11), independently of the decoder that is measured. */

export type BenchAttribute = readonly [key: string, value: string | number | readonly string[]]

export interface BenchSpan {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly parentSpanId: Uint8Array
  readonly name: string
  readonly kind: number
  readonly startNs: bigint
  readonly endNs: bigint
  readonly attributes: readonly BenchAttribute[]
}

export interface BenchResource {
  readonly attributes: readonly BenchAttribute[]
  readonly spans: readonly BenchSpan[]
}

/** Lengths, enums and small integers: below 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}

const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes])

const numeric = (number: number, value: number): Buffer => Buffer.from([...varint(number << 3), ...varint(value)])

function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = (number << 3) | 1
  bytes.writeBigUInt64LE(value, 1)
  return bytes
}

function fixed32(number: number, value: number): Buffer {
  const content = Buffer.alloc(4)
  content.writeUInt32LE(value)
  return Buffer.concat([Buffer.from(varint((number << 3) | 5)), content])
}

/** Attributes repeat: each is encoded once. */
const encoded = new Map<string, Buffer>()
const ENCODED_MAX = 20_000

function keyValue(number: number, [key, value]: BenchAttribute): Buffer {
  const name = `${number} ${key} ${typeof value} ${value}`
  const known = encoded.get(name)
  if (known !== undefined) return known
  const bytes = field(number, Buffer.concat([field(1, Buffer.from(key)), field(2, anyValue(value))]))
  if (encoded.size < ENCODED_MAX) encoded.set(name, bytes)
  return bytes
}

function anyValue(value: BenchAttribute[1]): Buffer {
  if (typeof value === 'string') return field(1, Buffer.from(value))
  if (typeof value === 'number') return numeric(3, value)
  return field(5, Buffer.concat(value.map((each) => field(1, anyValue(each)))))
}

const FLAGS_KNOWN_REMOTE = 0x301
const NO_STATUS = field(15, Uint8Array.of())
const FLAGS = fixed32(16, FLAGS_KNOWN_REMOTE)

const spanBytes = (span: BenchSpan): Buffer =>
  Buffer.concat([
    field(1, span.traceId),
    field(2, span.spanId),
    ...(span.parentSpanId.length === 0 ? [] : [field(4, span.parentSpanId)]),
    field(5, Buffer.from(span.name)),
    numeric(6, span.kind),
    fixed64(7, span.startNs),
    fixed64(8, span.endNs),
    ...span.attributes.map((attribute) => keyValue(9, attribute)),
    NO_STATUS,
    FLAGS,
  ])

const SCOPE = field(1, field(1, Buffer.from('@opentelemetry/instrumentation-http')))

/** One export request. */
export function otlpRequest(resources: readonly BenchResource[]): Uint8Array {
  return Buffer.concat(
    resources.map(({ attributes, spans }) =>
      field(
        1,
        Buffer.concat([
          field(1, Buffer.concat(attributes.map((attribute) => keyValue(1, attribute)))),
          field(2, Buffer.concat([SCOPE, ...spans.map((span) => field(2, spanBytes(span)))])),
        ]),
      ),
    ),
  )
}
