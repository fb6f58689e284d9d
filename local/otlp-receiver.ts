import type { IncomingMessage } from 'node:http'
import type { DeadReason, DecodedRecord } from '../layers/core/otlp/span.ts'
import type { EpochMs } from '../layers/core/time/instants.ts'
import type { Clock } from './clock.ts'
import { BodyTooLarge, type LoopbackServer, listenOnLoopback, send } from './http.ts'
import type { PartitionedLog } from './log/log.ts'
import { type Encoding, failure, type OtlpAnswer, RPC_CODE, success } from './otlp-answer.ts'
import { BrokenGzip, readDecompressed, UnknownEncoding } from './request-body.ts'

/** What the receiver needs. */
export interface OtlpReceiverOptions {
  readonly log: Pick<PartitionedLog, 'append'>
  /** Decodes a record's value as attribute-spans will, so that what no one can read is refused at the door. */
  readonly decode: (value: Uint8Array, receivedAt: EpochMs) => DecodedRecord
  readonly clock: Clock
  /** 4318 is OTLP/HTTP's; 0, the default, takes any free one. */
  readonly port?: number
}

/** The specification advises 64 MiB, also after decompression. */
const BODY_MAX_BYTES = 64 * 1024 * 1024
/** Plain records of one request: as many as Lambda takes in a batch. */
const LINES_MAX = 10_000
/** When to send again what the log could not take. */
const RETRY_AFTER = { 'retry-after': '5' }
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  'application/x-protobuf': 'protobuf',
  'application/json': 'json',
}
const FORMATS = { protobuf: 'otlp_proto', json: 'otlp_json' } as const
/** The reasons that are about a whole record; the others are about one span of it. */
const WHOLE_RECORD: readonly DeadReason[] = ['undecodable', 'truncated', 'not_spans', 'wrong_signal', 'malformed']

/** Why nothing at all of the record can be read; undefined where something can, or there is nothing in it. */
function refusalOf(record: DecodedRecord): string | undefined {
  const [dead] = record.dead
  if (dead === undefined || record.spans.length > 0 || record.plain.length > 0) return undefined
  return record.dead.every(({ reason }) => WHOLE_RECORD.includes(reason)) ? dead.detail : undefined
}

const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The answer to a body that could not be read. */
function unreadable(encoding: Encoding, error: unknown): OtlpAnswer {
  if (error instanceof BodyTooLarge) return failure(encoding, 413, RPC_CODE.resourceExhausted, error.message)
  if (error instanceof UnknownEncoding) return failure(encoding, 415, RPC_CODE.invalidArgument, error.message)
  if (error instanceof BrokenGzip) return failure(encoding, 400, RPC_CODE.invalidArgument, error.message)
  throw error
}

const logRefuses = (encoding: Encoding, cause: unknown, appended = ''): OtlpAnswer => {
  const why = cause instanceof Error ? cause.message : String(cause)
  return failure(encoding, 503, RPC_CODE.unavailable, `the log cannot take it: ${why}${appended}`, RETRY_AFTER)
}

async function receiveTraces(request: IncomingMessage, options: OtlpReceiverOptions): Promise<OtlpAnswer> {
  const encoding = ENCODINGS[mediaTypeOf(request)]
  if (encoding === undefined) {
    const message = 'send application/x-protobuf or application/json'
    return failure('json', 415, RPC_CODE.invalidArgument, message)
  }
  let body: Buffer
  try {
    body = await readDecompressed(request, BODY_MAX_BYTES)
  } catch (error) {
    return unreadable(encoding, error)
  }
  const timestampMs = options.clock.now()
  const decoded = options.decode(body, timestampMs)
  const refusal = refusalOf(decoded)
  if (refusal !== undefined || decoded.format !== FORMATS[encoding]) {
    const message = refusal ?? `this is no export request of traces in ${encoding}`
    return failure(encoding, 400, RPC_CODE.invalidArgument, message)
  }
  if (decoded.spans.length + decoded.dead.length === 0) return success(encoding)
  try {
    await options.log.append(body, { timestampMs })
  } catch (error) {
    return logRefuses(encoding, error)
  }
  return success(encoding)
}

/** The plain records of a body: one JSON object, over as many lines as it likes, or one on each line. */
function plainRecordsOf(body: Buffer): readonly Buffer[] {
  const text = body.toString()
  try {
    JSON.parse(text)
    return [body]
  } catch {
    return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [Buffer.from(line)]))
  }
}

/** Why a plain record cannot be booked: its sender is there to mend it, so it does not become a dead letter. */
function faultOf({ format, dead: [dead] }: DecodedRecord): string | undefined {
  if (format !== 'plain') return 'is no plain record {trace_id, service, operation, cost_amount, timestamp}'
  return dead && `cannot be booked: ${dead.reason}, ${dead.detail}`
}

async function receiveRecords(request: IncomingMessage, options: OtlpReceiverOptions): Promise<OtlpAnswer> {
  let records: readonly Buffer[]
  try {
    records = plainRecordsOf(await readDecompressed(request, BODY_MAX_BYTES))
  } catch (error) {
    return unreadable('json', error)
  }
  if (records.length > LINES_MAX) {
    return failure('json', 413, RPC_CODE.resourceExhausted, `more than ${LINES_MAX} records: send less in one request`)
  }
  const timestampMs = options.clock.now()
  for (const [index, record] of records.entries()) {
    const fault = faultOf(options.decode(record, timestampMs))
    if (fault === undefined) continue
    return failure('json', 400, RPC_CODE.invalidArgument, `record ${index + 1} ${fault}; none was taken`)
  }
  for (const [index, record] of records.entries()) {
    try {
      await options.log.append(record, { timestampMs })
    } catch (error) {
      return logRefuses('json', error, `; the first ${index} of ${records.length} records were taken, send the others`)
    }
  }
  return { ...success('json'), body: JSON.stringify({ accepted: records.length }) }
}

const ROUTES: Readonly<Record<string, typeof receiveTraces>> = {
  '/v1/traces': receiveTraces,
  '/v1/records': receiveRecords,
}
const OTHER_SIGNALS: readonly string[] = ['/v1/metrics', '/v1/logs', '/v1development/profiles']

function answer(request: IncomingMessage, options: OtlpReceiverOptions): Promise<OtlpAnswer> | OtlpAnswer {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const encoding = ENCODINGS[mediaTypeOf(request)] ?? 'json'
  const receive = ROUTES[path]
  if (receive === undefined) {
    const message = OTHER_SIGNALS.includes(path)
      ? 'this receiver takes traces only: send them to /v1/traces, and switch this exporter off'
      : 'send traces to /v1/traces, plain records to /v1/records'
    return failure(encoding, 404, RPC_CODE.notFound, message)
  }
  if (request.method !== 'POST') {
    return failure(encoding, 405, RPC_CODE.unimplemented, `POST to ${path}`, { allow: 'POST' })
  }
  return receive(request, options)
}

/**
 * Starts an OTLP/HTTP receiver on the loopback interface (opentelemetry-proto, docs/specification.md). Each export
 * request becomes one record of the log, without a key, as the Collector's Kafka exporter writes it: the bytes as they
 * came, decompressed.
 * @throws PortTaken
 */
export function startOtlpReceiver(options: OtlpReceiverOptions): Promise<LoopbackServer> {
  return listenOnLoopback(async (request, response) => {
    const { status, headers, body } = await answer(request, options)
    send(response, status, headers, body)
  }, options.port)
}
