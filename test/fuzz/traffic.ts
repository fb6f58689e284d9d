import { gzipSync } from 'node:zlib'
import { type EpochMs, MS_PER_HOUR } from '../../layers/core/time/instants.ts'
import {
  jsonBytes,
  toJson,
  toProtobuf,
  type WrittenAttribute,
  type WrittenRequest,
  type WrittenSpan,
  type WrittenValue,
} from '../layers/core/otlp/written-request.ts'
import type { Dice } from './dice.ts'
import { MODEL } from './pinned-prices.ts'

/** One record to produce. */
export interface ProducedRecord {
  readonly partition: number
  readonly timestampMs: EpochMs
  readonly key: Buffer | undefined
  /** Undefined: a tombstone. */
  readonly value: Buffer | undefined
}

const NS_PER_MS = 1_000_000n
/**
 * How long before their record spans end, but for a minute: a few minutes of up to four hours, which is one more than a record may
 * keep, and few enough parked rows, of which there is one a minute.
 */
const AGES_MS = [0, 0, 0, 60_000, 7 * 60_000, 61 * 60_000, 125 * 60_000]
const CLOCK_SKEW_MS = 40_000
/** Of a producer whose clock is wrong. A broker takes up to an hour. */
const WRONG_CLOCK_MS = 20 * 60_000

const endOf = (dice: Dice, at: EpochMs): number => at - dice.oneOf(AGES_MS) - dice.between(0, 59_000)

/** A plain request of a service whose prices are always there: for when only the flow counts. */
export function plainRequest(dice: Dice, partition: number, now: EpochMs): ProducedRecord {
  const attributes: WrittenAttribute[] = [
    ['service.name', text('search')],
    ['deployment.environment.name', text('prod')],
  ]
  const spans = [request(dice, now - dice.between(0, 1_000), '/search')]
  const value = Buffer.from(toProtobuf({ resources: [{ attributes, scopes: [{ name: 'fuzz', spans }] }] }))
  return { partition, timestampMs: now, key: undefined, value }
}

/** Of the hour that `at` is in. */
function inFirstMinute(dice: Dice, at: EpochMs): number {
  const sinceHour = at % MS_PER_HOUR
  return at - sinceHour + dice.between(0, Math.min(sinceHour, 59_000))
}

/** A random record of the mix that a topic carries: mostly OTLP in protobuf, some in JSON, plain records, and poison. */
export function randomRecord(dice: Dice, partition: number, now: EpochMs): ProducedRecord {
  const wrongBy = dice.happens(200) ? dice.oneOf([WRONG_CLOCK_MS, -WRONG_CLOCK_MS]) : 0
  const timestampMs = (now - dice.between(0, CLOCK_SKEW_MS) + wrongBy) as EpochMs
  return {
    partition,
    timestampMs,
    key: dice.happens(3_000) ? Buffer.from(dice.hex(8)) : undefined,
    value: packedAtTimes(dice, randomValue(dice, timestampMs)),
  }
}

function randomValue(dice: Dice, at: EpochMs): Buffer | undefined {
  const throwOf = dice.between(1, 100)
  if (throwOf <= 2) return undefined
  if (throwOf <= 8) return poison(dice, at)
  if (throwOf <= 20) return plainRecord(dice, at)
  const request = randomRequest(dice, at)
  return Buffer.from(throwOf <= 40 ? toJson(request) : toProtobuf(request))
}

/** Some producers pack values themselves. */
const packedAtTimes = (dice: Dice, value: Buffer | undefined): Buffer | undefined =>
  value !== undefined && dice.happens(1_000) ? gzipSync(value) : value

/** Values that no decoder can read, wholly or in part. */
function poison(dice: Dice, at: EpochMs): Buffer {
  const good = Buffer.from(toProtobuf(randomRequest(dice, at)))
  return dice.oneOf([
    () => Buffer.from(dice.hex(64), 'hex'),
    () => good.subarray(0, dice.between(1, good.length - 1)),
    () => Buffer.from('{"resourceSpans": [{'),
    () => Buffer.from('[1, 2, 3]'),
    () => Buffer.from(jsonBytes({ resourceLogs: [] })),
    () =>
      Buffer.from(jsonBytes({ trace_id: 'a', service: 'prod/legacy', operation: 'x', cost_amount: -1, timestamp: at })),
    () =>
      Buffer.from(jsonBytes({ trace_id: 'a', service: 'prod/legacy', operation: 'x', cost_amount: '1', timestamp: 1 })),
    () => Buffer.alloc(0),
  ])()
}

function plainRecord(dice: Dice, at: EpochMs): Buffer {
  return Buffer.from(
    jsonBytes({
      trace_id: dice.hex(32),
      service: 'prod/legacy',
      operation: dice.oneOf(['import', 'export', 'report']),
      commit: dice.oneOf(['v1', 'v2']),
      cost_amount: `0.${String(dice.between(1, 999_999_999)).padStart(12, '0')}`,
      timestamp: endOf(dice, at),
    }),
  )
}

const text = (string: string): WrittenValue => ({ string })
const int = (value: number): WrittenValue => ({ int: BigInt(value) })

/** A kind of service: its resource and the spans that it sends. */
interface Sender {
  readonly name: string
  readonly environment: string
  readonly commits: readonly string[]
  readonly resource: readonly WrittenAttribute[]
  readonly span: (dice: Dice, endMs: number) => WrittenSpan
  /** Spans of one request, and all of them in the first minute of their hour. */
  readonly burst?: number
}

function randomRequest(dice: Dice, at: EpochMs): WrittenRequest {
  const resources = Array.from({ length: dice.between(1, 2) }, () => {
    const sender = dice.oneOf(SENDERS)
    const spans = Array.from({ length: sender.burst ?? dice.between(1, 6) }, () => {
      const span = sender.span(dice, sender.burst === undefined ? endOf(dice, at) : inFirstMinute(dice, at))
      return dice.happens(100) ? atAnImpossibleTime(dice, span) : span
    })
    const attributes: WrittenAttribute[] = [
      ['service.name', text(sender.name)],
      ['deployment.environment.name', text(sender.environment)],
      ['vcs.ref.head.revision', text(dice.oneOf(sender.commits))],
      ...sender.resource,
    ]
    return { attributes, scopes: [{ name: 'fuzz', spans }] }
  })
  return { resources }
}

function atAnImpossibleTime(dice: Dice, span: WrittenSpan): WrittenSpan {
  const end = dice.oneOf([
    span.end / NS_PER_MS,
    span.end + 86_400_000n * NS_PER_MS,
    span.end - 864_000_000n * NS_PER_MS,
  ])
  return { ...span, start: end, end }
}

const KIND = { internal: 1, server: 2, client: 3, producer: 4 } as const

function spanOf(
  dice: Dice,
  endMs: number,
  kind: keyof typeof KIND,
  name: string,
  attributes: readonly WrittenAttribute[],
): WrittenSpan {
  const end = BigInt(endMs) * NS_PER_MS + BigInt(dice.between(0, 999_999))
  const isRoot = kind === 'server' && dice.happens(7_000)
  return {
    ...{ name, attributes, end, start: end - BigInt(dice.between(1_000, 900_000_000)), kind: KIND[kind] },
    traceId: `1${dice.hex(32).slice(1)}`,
    spanId: `1${dice.hex(16).slice(1)}`,
    parentSpanId: isRoot ? '' : `1${dice.hex(16).slice(1)}`,
    // Kept with probability 1/2 or 1/3: stands for two spans, or for three.
    traceState: dice.happens(500) ? dice.oneOf(['ot=th:8', 'ot=th:aaaaaaaaaaaaac']) : '',
    statusCode: dice.happens(500) ? 2 : 0,
    flags: 0,
  }
}

const request = (dice: Dice, endMs: number, route: string): WrittenSpan =>
  spanOf(dice, endMs, 'server', `GET ${route}`, [
    ['http.request.method', text('GET')],
    ['http.route', text(route)],
  ])

const awsCall = (
  dice: Dice,
  endMs: number,
  service: string,
  method: string,
  attributes: readonly WrittenAttribute[],
): WrittenSpan =>
  spanOf(dice, endMs, 'client', `${service}.${method}`, [
    ['rpc.system', text('aws-api')],
    ['rpc.service', text(service)],
    ['rpc.method', text(method)],
    ['cloud.region', text('us-east-1')],
    ...attributes,
  ])

function dynamodb(dice: Dice, endMs: number): WrittenSpan {
  const table = dice.oneOf(['orders', 'carts'])
  const units = JSON.stringify({ TableName: table, CapacityUnits: dice.between(1, 40) / 2 })
  const method = dice.oneOf(['GetItem', 'PutItem'])
  const names: WrittenAttribute = ['aws.dynamodb.table_names', { array: [text(table)] }]
  // Without its capacity it is unmetered.
  if (dice.happens(1_000)) return awsCall(dice, endMs, 'DynamoDB', method, [names])
  return awsCall(dice, endMs, 'DynamoDB', method, [names, ['aws.dynamodb.consumed_capacity', { array: [text(units)] }]])
}

const queue = (dice: Dice, endMs: number): WrittenSpan =>
  awsCall(dice, endMs, 'SQS', 'SendMessage', [
    ['messaging.destination.name', text('jobs')],
    ['aws.sqs.queue.url', text('https://sqs.us-east-1.amazonaws.com/1/jobs')],
    ['messaging.message.body.size', int(dice.between(1, 200_000))],
  ])

const model = (dice: Dice, endMs: number): WrittenSpan =>
  awsCall(dice, endMs, 'BedrockRuntime', 'Converse', [
    ['gen_ai.operation.name', text('chat')],
    ['gen_ai.provider.name', text('aws.bedrock')],
    ['gen_ai.request.model', text(MODEL)],
    ['gen_ai.usage.input_tokens', int(dice.between(1, 9_000))],
    ['gen_ai.usage.output_tokens', int(dice.between(1, 3_000))],
  ])

const inner = (dice: Dice, endMs: number): WrittenSpan => spanOf(dice, endMs, 'internal', 'render', [])

const LAMBDA: readonly WrittenAttribute[] = [
  ['cloud.platform', text('aws_lambda')],
  ['cloud.region', text('us-east-1')],
  ['host.arch', text('arm64')],
  ['faas.max_memory', int(512 * 1024 * 1024)],
]

/** Twenty more than a row can name: the rest is counted under `*`, whatever the faults. */
const WIDE_ROUTES = Array.from(
  { length: 84 },
  (_, i) => `/wide/${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`,
)

const SENDERS: readonly Sender[] = [
  {
    ...{ name: 'checkout', environment: 'prod', commits: ['a1b2c3d', 'e4f5a6b'], resource: LAMBDA },
    span: (dice, endMs) =>
      dice.oneOf([
        () => request(dice, endMs, dice.oneOf(['/cart', '/pay', '/orders/{id}'])),
        () => dynamodb(dice, endMs),
        () => queue(dice, endMs),
        () => model(dice, endMs),
        () => inner(dice, endMs),
      ])(),
  },
  {
    ...{ name: 'search', environment: 'prod', commits: ['0011223'], resource: [] },
    span: (dice, endMs) =>
      dice.oneOf([
        () => request(dice, endMs, dice.oneOf(['/search', '/search/index', '/suggest'])),
        () => dynamodb(dice, endMs),
        () => inner(dice, endMs),
      ])(),
  },
  {
    ...{ name: 'worker', environment: 'staging', commits: ['feature-x', 'main'], resource: [] },
    span: (dice, endMs) =>
      dice.oneOf([
        () => request(dice, endMs, '/jobs'),
        () => queue(dice, endMs),
        () => awsCall(dice, endMs, 'S3', dice.oneOf(['PutObject', 'GetObject']), [['aws.s3.bucket', text('files')]]),
        // Kinesis is in no book of the run.
        () => awsCall(dice, endMs, 'Kinesis', 'PutRecord', [['aws.kinesis.stream_name', text('clicks')]]),
      ])(),
  },
  {
    ...{ name: 'wide', environment: 'prod', commits: ['c0ffee1'], resource: [] },
    span: (dice, endMs) => request(dice, endMs, dice.oneOf(WIDE_ROUTES)),
  },
  // Has no rate: what it uses waits in one minute's row, with more operations than that can name.
  {
    ...{ name: 'unrated', environment: 'prod', commits: ['c0ffee2'], resource: [], burst: 30 },
    span: (dice, endMs) => request(dice, endMs, dice.oneOf(WIDE_ROUTES)),
  },
]
