import type { BenchAttribute, BenchSpan } from './otlp-request.ts'

/** The kind of spans in an event: HTTP requests of 370 bytes; hardly more than what each has, 100 bytes; many attributes, 1,500 bytes; a fleet's mixture. */
export type SpanShape = 'http' | 'bare' | 'rich' | 'mixed'

export interface SpanSource {
  readonly shape: SpanShape
  readonly operations: number
  /** Epoch ms of the newest record. */
  readonly now: number
  readonly random: () => number
}

type Body = Pick<BenchSpan, 'name' | 'kind' | 'attributes'>

const CLIENT = 3
const SERVER = 2
const INTERNAL = 1
const PRODUCER = 4

/** A span that ended within the last minute. */
export function benchSpan(source: SpanSource): BenchSpan {
  const { random, now } = source
  const operation = Math.floor(random() * source.operations)
  const endNs = BigInt(now - Math.floor(random() * 60_000)) * 1_000_000n + BigInt(Math.floor(random() * 999_999))
  return {
    traceId: bytes(random, 16),
    spanId: bytes(random, 8),
    parentSpanId: bytes(random, 8),
    startNs: endNs - BigInt(1_000_000 + Math.floor(random() * 200_000_000)),
    endNs,
    ...bodyOf(source, operation),
  }
}

/** None of them zero. */
const bytes = (random: () => number, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => 1 + Math.floor(random() * 255))

function bodyOf({ shape, random }: SpanSource, operation: number): Body {
  switch (shape) {
    case 'http':
      return httpRequest(operation, random)
    case 'bare':
      return { name: `resource-${operation}`, kind: SERVER, attributes: [['lang', 'en']] }
    case 'rich':
      return { ...httpRequest(operation, random), attributes: [...httpRequest(operation, random).attributes, ...RICH] }
    case 'mixed':
      return MIXTURE[operation % MIXTURE.length]?.(operation, random) ?? httpRequest(operation, random)
  }
}

/** A path's own word, which no digit makes an id of: each operation is one in the ledger too. */
const wordOf = (operation: number): string =>
  String.fromCharCode(97 + Math.floor(operation / 26), 97 + (operation % 26))

function httpRequest(operation: number, random: () => number): Body {
  const resource = `resource-${wordOf(operation)}`
  return {
    name: `GET /api/v2/${resource}`,
    kind: SERVER,
    attributes: [
      ['http.request.method', 'GET'],
      ['url.path', `/api/v2/${resource}/${Math.floor(random() * 100_000)}`],
      ['url.scheme', 'https'],
      ['server.address', 'shop.example.com'],
      ['http.response.status_code', 200],
      ['network.protocol.version', '1.1'],
      ['user_agent.original', 'okhttp/4.12.0'],
      ['client.address', '203.0.113.7'],
    ],
  }
}

/** What applications add of their own: eleven attributes of a hundred bytes. */
const RICH: readonly BenchAttribute[] = Array.from({ length: 11 }, (_, place) => [
  `app.context.attribute-${place}`,
  `${place}`.repeat(72).slice(0, 72),
])

/** Twenty operations of a service: what every meter rates, in about the shares that traces have. */
const MIXTURE: readonly ((operation: number, random: () => number) => Body)[] = [
  ...times(5, httpRequest),
  ...times(3, (operation: number) => ({
    name: `POST /cart/:id/${operation}`,
    kind: SERVER,
    attributes: [
      ['http.request.method', 'POST'],
      ['http.route', `/cart/:id/${operation}`],
      ['url.path', `/cart/1234/${operation}`],
      ['http.response.status_code', 201],
    ],
  })),
  ...times(3, (operation: number, random: () => number) => ({
    name: 'GET',
    kind: CLIENT,
    attributes: [
      ['http.request.method', 'GET'],
      ['url.full', `https://inventory.example/items/${Math.floor(random() * 100_000)}/stock-${operation}`],
      ['http.response.status_code', 200],
    ],
  })),
  ...times(3, (operation: number) => ({
    name: `render template ${operation}`,
    kind: INTERNAL,
    attributes: [['code.function.name', 'render']],
  })),
  ...times(3, (operation: number, random: () => number) => ({
    name: 'DynamoDB.GetItem',
    kind: CLIENT,
    attributes: [
      ['rpc.system', 'aws-api'],
      ['rpc.service', 'DynamoDB'],
      ['rpc.method', 'GetItem'],
      ['aws.dynamodb.table_names', [`orders-${'abcdefgh'[operation % 8]}`]],
      ['aws.dynamodb.consumed_capacity', [`{"TableName":"orders","CapacityUnits":${Math.ceil(random() * 8) / 2}}`]],
    ],
  })),
  ...times(1, () => ({
    name: 'orders send',
    kind: PRODUCER,
    attributes: [
      ['rpc.system', 'aws-api'],
      ['rpc.service', 'SQS'],
      ['rpc.method', 'SendMessage'],
      ['aws.sqs.queue.url', 'https://sqs.us-east-1.amazonaws.com/123456789012/orders'],
    ],
  })),
  ...times(1, (_: number, random: () => number) => ({
    name: 'chat',
    kind: CLIENT,
    attributes: [
      ['gen_ai.operation.name', 'chat'],
      ['gen_ai.provider.name', 'aws.bedrock'],
      ['gen_ai.request.model', 'anthropic.claude-3-7-sonnet-20250219-v1:0'],
      ['gen_ai.usage.input_tokens', Math.floor(random() * 10_000)],
      ['gen_ai.usage.output_tokens', Math.floor(random() * 1_000)],
    ],
  })),
  ...times(1, (operation: number) => ({
    name: `SELECT table_${operation}`,
    kind: CLIENT,
    attributes: [
      ['db.system.name', 'postgresql'],
      ['db.operation.name', 'SELECT'],
      ['db.collection.name', `table_${operation}`],
    ],
  })),
]

function times(count: number, body: (operation: number, random: () => number) => Body): (typeof body)[] {
  return Array.from({ length: count }, () => body)
}
