import { type BenchResource, type BenchSpan, otlpRequest } from './otlp-request.ts'

/** Shape of the traffic in one event. */
export interface EventShape {
  readonly services: number
  readonly operations: number
  readonly spansPerRecord: number
  /** The event's JSON is filled up to it: 6 MB is the platform's limit. */
  readonly maxBytes: number
  /** Epoch ms of the newest record. */
  readonly now: number
}

export interface BenchEvent {
  readonly json: string
  readonly spans: number
  /** Protobuf bytes a span, resources and envelopes included. */
  readonly bytesPerSpan: number
}

/** A generator that gives the same numbers for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** An MSK event of one partition as Lambda delivers it, full of HTTP and Lambda spans. */
export function mskEvent(shape: EventShape): BenchEvent {
  const next = random(42)
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => 1 + Math.floor(next() * 255))
  const records: unknown[] = []
  let size = 0
  let spans = 0
  let payload = 0
  for (let offset = 0; ; offset += 1) {
    const value = otlpRequest(resourcesOf(shape, next, bytes, offset))
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
  shape: EventShape,
  next: () => number,
  bytes: (length: number) => Uint8Array,
  record: number,
): readonly BenchResource[] {
  const perRecord = Math.min(shape.services, 5)
  return Array.from({ length: perRecord }, (_, place) => {
    const service = (record * perRecord + place) % shape.services
    const share = Math.floor(shape.spansPerRecord / perRecord)
    const count = place === 0 ? shape.spansPerRecord - share * (perRecord - 1) : share
    return {
      attributes: resourceAttributes(service),
      spans: Array.from({ length: count }, () => httpSpan(shape, next, bytes)),
    }
  })
}

const resourceAttributes = (service: number): BenchResource['attributes'] => [
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

function httpSpan(shape: EventShape, next: () => number, bytes: (length: number) => Uint8Array): BenchSpan {
  const operation = Math.floor(next() * shape.operations)
  const endNs = BigInt(shape.now - Math.floor(next() * 60_000)) * 1_000_000n + BigInt(Math.floor(next() * 999_999))
  const user = Math.floor(next() * 100_000)
  return {
    traceId: bytes(16),
    spanId: bytes(8),
    parentSpanId: bytes(8),
    name: `GET /api/v2/resource-${operation}`,
    kind: 2,
    startNs: endNs - BigInt(1_000_000 + Math.floor(next() * 200_000_000)),
    endNs,
    attributes: [
      ['http.request.method', 'GET'],
      ['url.path', `/api/v2/resource-${operation}/${user}`],
      ['url.scheme', 'https'],
      ['server.address', 'shop.example.com'],
      ['http.response.status_code', 200],
      ['network.protocol.version', '1.1'],
      ['user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'],
      ['client.address', '203.0.113.7'],
    ],
  }
}
