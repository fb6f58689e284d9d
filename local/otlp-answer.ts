/** The two encodings of OTLP/HTTP. */
export type Encoding = 'protobuf' | 'json'

/** google.rpc.Code, the ones that a receiver answers with. */
export const RPC_CODE = { invalidArgument: 3, notFound: 5, resourceExhausted: 8, unimplemented: 12, unavailable: 14 }

/** One HTTP answer. */
export interface OtlpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

// google.rpc.Status { int32 code = 1; string message = 2 }: tag = field number << 3 | wire type.
const CODE_TAG = 0x08
const MESSAGE_TAG = 0x12

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

function statusMessage(encoding: Encoding, code: number, message: string): string | Uint8Array {
  if (encoding === 'json') return JSON.stringify({ code, message })
  const text = Buffer.from(message)
  return Buffer.concat([Buffer.from([CODE_TAG, ...varint(code), MESSAGE_TAG, ...varint(text.length)]), text])
}

/** Full success: 200 and an empty ExportTraceServiceResponse (OTLP specification, "Full Success"). */
export function success(encoding: Encoding): OtlpAnswer {
  const body = encoding === 'json' ? '{}' : new Uint8Array()
  return { status: 200, headers: { 'content-type': CONTENT_TYPES[encoding] }, body }
}

/** A failure: a google.rpc.Status in the encoding of the request (OTLP specification, "Failures"). */
export function failure(
  encoding: Encoding,
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): OtlpAnswer {
  return {
    status,
    headers: { 'content-type': CONTENT_TYPES[encoding], ...headers },
    body: statusMessage(encoding, code, message),
  }
}
