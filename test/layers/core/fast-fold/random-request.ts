import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import type { WrittenAttribute, WrittenRequest, WrittenSpan, WrittenValue } from '../otlp/written-request.ts'
import { NOW_MS } from '../otlp/written-request.ts'

/** A source of numbers in [0, 1), the same for the same seed (mulberry32). */
export type Random = () => number

export function randomOf(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const integer = (random: Random, below: number): number => Math.floor(random() * below)
export const oneOf = <T>(random: Random, items: readonly T[]): T => items[integer(random, items.length)] as T
export const chance = (random: Random, share: number): boolean => random() < share

const string = (text: string): WrittenValue => ({ string: text })
const int = (value: number): WrittenValue => ({ int: BigInt(value) })
const hex = (random: Random, bytes: number): string =>
  Array.from({ length: bytes * 2 }, () => integer(random, 16).toString(16)).join('')

/** Now and then it begins with zeros, as ids made of an older system's do. */
const id = (random: Random, bytes: number): string =>
  chance(random, 0.02) ? `${'0'.repeat(bytes)}${hex(random, bytes / 2 - 1)}01` : hex(random, bytes)

/**
 * A request as services send them, and as strangers might: few services, operations and values, so that most have been seen before,
 * and now and then something odd. `wide`: more names than a record may have.
 */
export function randomRequest(random: Random, spansMax: number): WrittenRequest {
  const isWide = chance(random, 0.03)
  return {
    resources: Array.from({ length: 1 + integer(random, isWide ? 40 : 4) }, (_, place) => ({
      attributes: isWide ? resourceAttributes(random, place * 20) : resourceOfFew(random),
      scopes: Array.from({ length: 1 + integer(random, 2) }, () => ({
        name: oneOf(random, SCOPES),
        spans: Array.from({ length: integer(random, spansMax) }, () => randomSpan(random, isWide)),
      })),
    })),
  }
}

const SCOPES = ['', '@opentelemetry/instrumentation-http', 'opentelemetry.instrumentation.langchain', 'my.sole.source']

/** Mostly one of three, so that most spans are like one that was seen before: only those are not rated by the plain code. */
const resourceOfFew = (random: Random): WrittenAttribute[] =>
  resourceAttributes(chance(random, 0.1) ? random : randomOf(integer(random, 3)), 0)

function resourceAttributes(random: Random, wide: number): WrittenAttribute[] {
  const attributes: WrittenAttribute[] = [
    ['service.name', string(`${oneOf(random, ['cart', 'pay', 'search'])}${wide === 0 ? '' : integer(random, wide)}`)],
    ['service.version', string(`1.${integer(random, wide === 0 ? 2 : 12)}`)],
    ['telemetry.sdk.language', string('nodejs')],
    ...platformAttributes(random),
  ]
  if (chance(random, 0.5)) attributes.push(['deployment.environment.name', string(oneOf(random, ['prod', 'test']))])
  if (chance(random, 0.2)) attributes.push(['k8s.pod.name', string(`pod-${hex(random, 4)}`)])
  if (chance(random, 0.1)) attributes.push(oddAttribute(random))
  return attributes
}

function platformAttributes(random: Random): WrittenAttribute[] {
  const region = string(oneOf(random, ['us-east-1', 'eu-west-1', 'nowhere']))
  switch (integer(random, 5)) {
    case 0:
      return [
        ['cloud.platform', string('aws_lambda')],
        ['cloud.region', region],
        ['faas.max_memory', oneOf(random, [int(536_870_912), int(128), string('512'), { empty: true }])],
        ['host.arch', string(oneOf(random, ['arm64', 'amd64', 'mips']))],
      ]
    case 1:
      return [
        ['cloud.platform', string('aws_ecs')],
        ['aws.ecs.launchtype', string(oneOf(random, ['fargate', 'FARGATE', 'ec2']))],
        ['aws.ecs.task.cpu', oneOf(random, [string('0.5'), int(256), { double: 1.5 }])],
        ['aws.ecs.task.memory', int(1024)],
        ['aws.ecs.task.arn', string(`arn:aws:ecs:us-west-2:1:task/c/${hex(random, 8)}`)],
      ]
    case 2:
      return [
        ['cloud.platform', string('aws_eks')],
        ['cloud.region', region],
      ]
    case 3:
      return [
        ['faas.max_memory', int(512)],
        ['cloud.resource_id', string('arn:aws:lambda:eu-west-1:1:function:f')],
      ]
    default:
      return [['cloud.provider', string(oneOf(random, ['gcp', 'azure', 'aws']))]]
  }
}

const FLAGS = [0, 0x100, 0x101, 0x300, 0x301, 0x201, 1]

/** Mostly the first of them. */
const firstOf = <T>(random: Random, items: readonly T[]): T =>
  chance(random, 0.8) ? (items[0] as T) : oneOf(random, items)
const TRACE_STATES = [
  '',
  '',
  '',
  'ot=th:8',
  'ot=th:c',
  'ot=th:4',
  'x=1,ot=th:fd70a;rv:1',
  'ot=th:',
  'ot=th:ffffffffffff',
]

function randomSpan(random: Random, isWide: boolean): WrittenSpan {
  const end = endOf(random, isWide)
  const duration = durationOf(random)
  // mostly one of few that are alike but for their ids, times and names
  const alike = chance(random, 0.7) ? randomOf(integer(random, 100)) : random
  const shape = oneOf(alike, SHAPES)
  const attributes = shape.attributes(alike)
  if (chance(alike, 0.05)) attributes.push(...oneOf(alike, SHAPES).attributes(alike))
  if (chance(alike, 0.1)) attributes.push(oddAttribute(alike))
  if (chance(alike, 0.02)) attributes.push(...attributes.slice(0, 2))
  if (isWide) attributes.push(['http.route', string(`/route/${integer(random, 90)}`)])
  if (chance(alike, 0.1)) attributes.sort(() => alike() - 0.5)
  const isDead = chance(random, 0.0005)
  return {
    traceId: isDead ? oneOf(random, ['', '0'.repeat(32)]) : id(random, 16),
    spanId: chance(random, 0.0003) ? '0'.repeat(16) : id(random, 8),
    parentSpanId: oneOf(random, ['', '0000000000000000', id(random, 8), id(random, 8)]),
    traceState: chance(random, 0.1) ? `dd=s:1;p:${hex(random, 4)}` : firstOf(random, TRACE_STATES),
    name: nameOf(random),
    kind: chance(alike, 0.1) ? integer(alike, 7) : shape.kind,
    start: duration > end ? 0n : end - duration,
    end,
    attributes,
    statusCode: firstOf(random, [0, 1, 2]),
    flags: firstOf(random, FLAGS),
  }
}

const MS_PER_HOUR = 3_600_000

/** Within two minutes of now, or hours ago; seldom where it cannot be. */
function endOf(random: Random, isWide: boolean): bigint {
  const agoMs = isWide || chance(random, 0.02) ? integer(random, 6) * MS_PER_HOUR : integer(random, 120_000)
  const impossible = chance(random, 0.0003) ? oneOf(random, [-400_000, 8 * 24 * MS_PER_HOUR, NOW_MS / 2]) : 0
  return BigInt(NOW_MS - agoMs - impossible) * 1_000_000n + BigInt(integer(random, 1_000_000))
}

function durationOf(random: Random): bigint {
  switch (integer(random, 12)) {
    case 0:
      return 0n
    case 1:
      return BigInt(integer(random, 1000)) * 1_000_000n
    case 2:
      return BigInt(integer(random, 1_000_001))
    case 3:
      return chance(random, 0.05) ? 2n ** 53n - BigInt(integer(random, 3)) : 2n ** 40n
    default:
      return BigInt(integer(random, 2_000_000_000))
  }
}

const nameOf = (random: Random): string =>
  oneOf(random, [
    'GET /cart',
    'work',
    `GET /users/${integer(random, 50)}`,
    `job ${integer(random, 1000)}`,
    `order-${hex(random, 4)}`,
    '',
    'Zürich 🚲',
    'POST /a?b',
  ])

interface Shape {
  readonly kind: number
  readonly attributes: (random: Random) => WrittenAttribute[]
}

const method = (random: Random): WrittenValue => string(oneOf(random, ['GET', 'POST', 'get', 'BREW', '']))

/** Paths and URLs: ids of many kinds, queries, other schemes, what is no path at all. */
function targetOf(random: Random): string {
  const segment = (): string =>
    oneOf(random, [
      'api',
      'v2',
      'users',
      'cart',
      'order-items',
      String(integer(random, 1e6)),
      hex(random, 4),
      hex(random, 12),
      `${hex(random, 4)}-${hex(random, 2)}-${hex(random, 2)}-${hex(random, 2)}-${hex(random, 6)}`,
      'a@b.example',
      'some-title-of-five-words',
      '%20x',
      'é',
      '*',
      '',
      's3',
      'x'.repeat(integer(random, 50)),
      'a-b-c-d-eeeeeeee-ffff-gggg-hhhhhhhhhhhh',
      '12345678-aaaa-bbbb-cccc-dddddddddddd',
    ])
  const path = `/${Array.from({ length: integer(random, chance(random, 0.05) ? 20 : 6) }, segment).join('/')}`
  const query = oneOf(random, ['', '', '?a=1', '#x', '?next=http://h/p'])
  const host = oneOf(random, ['', '', '', '', 'https://shop.example', 'http://', 'ftp://h', 'HTTP://h', 'x'])
  return chance(random, 0.02) ? '' : `${host}${path}${query}`
}

const MODELS = ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', 'claude-sonnet-4-5', 'gpt-5', 'x/output-token', 'a@b']

/** Of one length and with one tail: what is guessed by those must not be taken for the other. */
const ROUTES = ['/cart/:id', '/users/:user', '/cart/:id?x=1', '', '/a-team/orders/:order', '/b-team/orders/:order']

const SHAPES: readonly Shape[] = [
  {
    kind: 2,
    attributes: (random) => [
      ['http.request.method', method(random)],
      ['http.route', string(oneOf(random, ROUTES))],
      ['url.path', string(targetOf(random))],
      ['http.response.status_code', int(200)],
      ['http.response.body.size', int(integer(random, 100_000))],
    ],
  },
  {
    kind: 2,
    attributes: (random) => [
      ['http.request.method', method(random)],
      ['url.path', string(targetOf(random))],
      ['user_agent.original', string(`Mozilla ${'x'.repeat(integer(random, 200))}`)],
    ],
  },
  {
    kind: 2,
    attributes: (random) => [
      ['http.method', method(random)],
      ['http.target', string(targetOf(random))],
      ['http.url', string(targetOf(random))],
      ['faas.invocation_id', string(hex(random, 8))],
    ],
  },
  {
    kind: 3,
    attributes: (random) => [
      ['http.request.method', method(random)],
      ['url.full', string(`https://api.example${targetOf(random)}`)],
      ['server.address', string('api.example')],
    ],
  },
  { kind: 1, attributes: () => [['code.function.name', string('f')]] },
  {
    kind: 3,
    attributes: (random) => [
      ['rpc.system', string(oneOf(random, ['aws-api', 'grpc', 'aws_api']))],
      ['rpc.service', string('DynamoDB')],
      ['rpc.method', string(oneOf(random, ['GetItem', 'PutItem', 'ListTables', 'ExecuteStatement', '', ' ']))],
      ['aws.dynamodb.table_names', { array: [string('orders')] }],
      [
        'aws.dynamodb.consumed_capacity',
        { array: [string(`{"TableName":"orders","CapacityUnits":${integer(random, 4) / 2}}`)] },
      ],
      ['cloud.region', string('eu-west-1')],
    ],
  },
  {
    kind: 4,
    attributes: (random) => [
      ['rpc.system.name', string('aws-api')],
      ['rpc.method', string(oneOf(random, ['SQS/SendMessage', 'SNS/Publish', 'Kinesis/PutRecords', 'S3/GetObject']))],
      ['messaging.destination.name', string(oneOf(random, ['orders', 'orders.fifo', `tmp-${hex(random, 6)}`]))],
      ['messaging.batch.message_count', int(1 + integer(random, 10))],
      ...(chance(random, 0.3)
        ? ([['messaging.message.body.size', int(integer(random, 300_000))]] as WrittenAttribute[])
        : []),
    ],
  },
  {
    kind: 3,
    attributes: (random) => [
      ['rpc.system', string('aws-api')],
      ['rpc.service', string(oneOf(random, ['SFN', 'SNS', 'KMS']))],
      ['rpc.method', string(oneOf(random, ['StartExecution', 'Publish', 'Decrypt']))],
      ['tollgate.states.transitions', int(integer(random, 4))],
      ...(chance(random, 0.5)
        ? ([['aws.sns.topic.arn', string('arn:aws:sns:eu-west-1:1:news.fifo')]] as WrittenAttribute[])
        : ([['aws.queue_url', string('https://sqs/1/q')]] as WrittenAttribute[])),
    ],
  },
  {
    kind: 5,
    attributes: (random) => [
      ['messaging.system', oneOf(random, [string('aws_sqs'), string(''), { empty: true }])],
      ['messaging.operation.type', string(oneOf(random, ['process', 'receive']))],
      ['messaging.destination.name', string('orders')],
      ['messaging.destination.temporary', { bool: chance(random, 0.5) }],
    ],
  },
  {
    kind: 3,
    attributes: (random) => [
      ['db.system.name', string('postgresql')],
      ['db.operation.name', string('SELECT')],
      [oneOf(random, ['db.collection.name', 'db.sql.table', 'db.mongodb.collection']), string('orders')],
      ...(chance(random, 0.5)
        ? ([['db.query.summary', string(oneOf(random, ['SELECT orders', ' ', '\t']))]] as WrittenAttribute[])
        : []),
    ],
  },
  {
    kind: 3,
    attributes: (random) => [
      [
        oneOf(random, ['gen_ai.provider.name', 'gen_ai.system']),
        string(oneOf(random, ['aws.bedrock', 'openai', 'langchain'])),
      ],
      ['gen_ai.operation.name', string(oneOf(random, ['chat', 'embeddings', 'invoke_agent']))],
      ['gen_ai.request.model', string(oneOf(random, MODELS))],
      ...(chance(random, 0.8) ? tokens(random) : []),
    ],
  },
  {
    kind: 2,
    attributes: (random) => [
      ['http.request.method', string('GET')],
      ['http.route', string('/declares')],
      ['cost.amount', oneOf(random, [{ double: 0.000123 }, string('0.5'), string('free'), int(-1), { double: 1e9 }])],
      ['cost.currency', string(oneOf(random, ['USD', 'EUR']))],
    ],
  },
]

/** As SDKs count them, and in all the ways that they could be counted wrong. */
function tokens(random: Random): WrittenAttribute[] {
  const count = (most: number): WrittenValue =>
    chance(random, 0.9)
      ? int(chance(random, 0.05) ? 199_990 + integer(random, 20) : integer(random, most))
      : oneOf(random, [int(0), int(-1), string('12'), { double: 7 }, { empty: true }, { int: 2n ** 40n }])
  const attributes: WrittenAttribute[] = [
    [oneOf(random, ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens']), count(10_000)],
    [oneOf(random, ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens']), count(1000)],
  ]
  if (chance(random, 0.1)) attributes.push(['gen_ai.usage.input_tokens', count(100)])
  if (chance(random, 0.1)) attributes.push(['gen_ai.usage.cache_read.input_tokens', count(100)])
  if (chance(random, 0.3)) attributes.push(['gen_ai.usage.cost.amount', { double: random() }])
  return chance(random, 0.1) ? attributes.slice(1) : attributes
}

const VALUES: readonly ((random: Random) => WrittenValue)[] = [
  () => ({ empty: true }),
  () => string(''),
  () => string(' '),
  (random) => string(oneOf(random, ['x', 'GET', 'aws-api', 'é', 'y'.repeat(300)])),
  () => ({ bool: true }),
  () => ({ int: 2n ** 60n }),
  () => int(-5),
  () => ({ double: 0.5 }),
  () => ({ array: [string('orders'), { empty: true }] }),
  () => ({ list: [['k', string('v')]] }),
  () => ({ bytes: Uint8Array.of(1, 2) }),
]

/** Any key, with a value of any type. */
const oddAttribute = (random: Random): WrittenAttribute => [
  chance(random, 0.9) ? oneOf(random, ATTRIBUTE_KEYS) : 'some.other.key',
  oneOf(random, VALUES)(random),
]
