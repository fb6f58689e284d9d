import { benchSpan, type SpanShape } from './bench-span.ts'
import { type BenchResource, otlpRequest } from './otlp-request.ts'

/** Shape of the traffic in one event. */
export interface EventShape {
  readonly spans: SpanShape
  readonly services: number
  readonly operations: number
  readonly spansPerRecord: number
  /** The event's JSON is filled up to it: 6 MB is the platform's limit. */
  readonly maxBytes: number
  /** Epoch ms of the newest record. */
  readonly now: number
  readonly seed: number
}

export interface BenchEvent {
  readonly json: string
  readonly spans: number
  /** Protobuf bytes a span, resources and envelopes included. */
  readonly bytesPerSpan: number
}

/** A generator that gives the same numbers for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The values of a topic's first records. */
export function recordsOf(shape: Omit<EventShape, 'maxBytes'>, count: number): Uint8Array[] {
  const random = randomOf(shape.seed)
  return Array.from({ length: count }, (_, offset) => otlpRequest(resourcesOf(shape, random, offset)))
}

/** An MSK event of one partition as Lambda delivers it. */
export function mskEvent(shape: EventShape): BenchEvent {
  const random = randomOf(shape.seed)
  const records: unknown[] = []
  let size = 0
  let spans = 0
  let payload = 0
  for (let offset = 0; ; offset += 1) {
    const value = otlpRequest(resourcesOf(shape, random, offset))
    const base64 = Buffer.from(value).toString('base64')
    if (size + base64.length > shape.maxBytes) break
    size += base64.length + 200
    spans += shape.spansPerRecord
    payload += value.length
    records.push({
      topic: 'otel-cost-spans',
      partition: 0,
      offset,
      timestamp: shape.now,
      timestampType: 'CREATE_TIME',
      value: base64,
      headers: [],
    })
  }
  const event = {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/bench/751d2973-a626-431c-9d4e-d7975eb44dd7-2',
    bootstrapServers: 'b-1.bench:9098',
    records: { 'otel-cost-spans-0': records },
  }
  return { json: JSON.stringify(event), spans, bytesPerSpan: payload / spans }
}

function resourcesOf(
  shape: Omit<EventShape, 'maxBytes'>,
  random: () => number,
  record: number,
): readonly BenchResource[] {
  const perRecord = Math.min(shape.services, 5)
  const source = { shape: shape.spans, operations: shape.operations, now: shape.now, random }
  return Array.from({ length: perRecord }, (_, place) => {
    const service = (record * perRecord + place) % shape.services
    const share = Math.floor(shape.spansPerRecord / perRecord)
    const count = place === 0 ? shape.spansPerRecord - share * (perRecord - 1) : share
    return { attributes: resourceAttributes(service), spans: Array.from({ length: count }, () => benchSpan(source)) }
  })
}

/** Every other service is a function, the others run on EKS under an own rate. */
export const resourceAttributes = (service: number): BenchResource['attributes'] => [
  ['service.name', `service-${service}`],
  ['service.namespace', 'shop'],
  ['deployment.environment.name', 'prod'],
  ['vcs.ref.head.revision', 'a1b2c3d'],
  ['telemetry.sdk.language', 'nodejs'],
  ['telemetry.sdk.name', 'opentelemetry'],
  ['telemetry.sdk.version', '2.2.0'],
  ['cloud.provider', 'aws'],
  ['cloud.region', 'us-east-1'],
  ...(service % 2 === 0
    ? ([
        ['cloud.platform', 'aws_lambda'],
        ['faas.name', `service-${service}`],
        ['faas.max_memory', 536_870_912],
        ['host.arch', 'arm64'],
      ] as const)
    : ([['cloud.platform', 'aws_eks']] as const)),
]
