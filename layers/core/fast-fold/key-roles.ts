import { ATTRIBUTE_KEYS } from '../otlp/attributes.ts'
import { OUTPUT_TOKENS } from '../rating/raters/model-call.ts'
import { isSame, viewOf } from './byte-table.ts'

/**
 * What an attribute of a span can change in what rating says of the span. The raters are the truth; a test compares this
 * table with the attributes that they read. Spans that agree in all of this are rated alike, but for their durations.
 */
export const ROLE = {
  /** The decoders keep it, and no rater reads it on a span. */
  none: 0,
  /** Its value, whatever that is. Of low cardinality in practice: methods, routes, names, regions, capacities. */
  value: 1,
  /** A URL or path: only its pattern, and only where the span has no route. */
  target: 2,
  /** Only that it is a text. Every value is another: an invocation's id. */
  presence: 3,
  /** Bytes sent: only on calls of an AWS API. */
  requestSize: 4,
  /** Bytes answered: only for services that pay for data transfer. */
  responseSize: 5,
  /** A declared cost: only where nothing here rates the span. */
  declared: 6,
  /** Tokens in or out: summed up over the spans, like durations. */
  tokens: 7,
  /** A number that hardly any two spans share and that is not summed up: such spans are rated one by one. */
  number: 8,
} as const
export type Role = (typeof ROLE)[keyof typeof ROLE]

const ROLES: { readonly [role in Exclude<keyof typeof ROLE, 'none'>]: readonly string[] } = {
  value: [
    'http.request.method',
    'http.method',
    'http.route',
    'url.template',
    'rpc.system',
    'rpc.system.name',
    'rpc.service',
    'rpc.method',
    'cloud.region',
    'aws.region',
    'faas.trigger',
    'faas.max_memory',
    'aws.dynamodb.table_names',
    'aws.dynamodb.consumed_capacity',
    'aws.s3.bucket',
    'aws.sqs.queue.url',
    'aws.queue_url',
    'aws.sns.topic.arn',
    'aws.kinesis.stream_name',
    'aws.step_functions.state_machine.arn',
    'tollgate.states.transitions',
    'messaging.system',
    'messaging.operation.type',
    'messaging.operation.name',
    'messaging.operation',
    'messaging.destination.name',
    'messaging.destination.template',
    'messaging.destination.temporary',
    'messaging.destination.anonymous',
    'messaging.destination',
    'messaging.batch.message_count',
    'db.operation.name',
    'db.operation',
    'db.collection.name',
    'db.sql.table',
    'db.mongodb.collection',
    'db.query.summary',
    'gen_ai.provider.name',
    'gen_ai.system',
    'gen_ai.operation.name',
    'gen_ai.agent.name',
    'gen_ai.request.model',
    'gen_ai.response.model',
  ],
  // in the order in which operation/operation.ts prefers them
  target: ['url.path', 'http.target', 'url.full', 'http.url'],
  presence: ['faas.invocation_id', 'faas.execution'],
  requestSize: [
    'messaging.message.body.size',
    'messaging.message.envelope.size',
    'messaging.message.payload_size_bytes',
    'messaging.message_payload_size_bytes',
    'http.request.body.size',
    'http.request_content_length',
  ],
  responseSize: ['http.response.body.size', 'http.response_content_length'],
  declared: ['cost.amount', 'cost.currency', 'gen_ai.usage.cost.amount', 'gen_ai.usage.cost.currency'],
  tokens: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
  ],
  number: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
  ],
}

/** Keys under which a span says what it costs. */
export const DECLARED_KEYS: readonly string[] = ROLES.declared

/** Facts of a key that decide what else of the span matters (signature.ts). */
export const MEANS = {
  httpMethod: 1,
  httpRoute: 2,
  rpcSystem: 4,
  rpcMethod: 8,
  modelOperation: 16,
  messaging: 32,
  database: 64,
} as const

const OUTPUT: readonly string[] = OUTPUT_TOKENS

const MEANINGS: ReadonlyMap<string, number> = new Map([
  ['http.request.method', MEANS.httpMethod],
  ['http.method', MEANS.httpMethod],
  ['http.route', MEANS.httpRoute],
  ['url.template', MEANS.httpRoute],
  ['rpc.system', MEANS.rpcSystem],
  ['rpc.system.name', MEANS.rpcSystem],
  ['rpc.method', MEANS.rpcMethod],
  ['gen_ai.operation.name', MEANS.modelOperation],
  ['messaging.system', MEANS.messaging],
  ['db.query.summary', MEANS.database],
  ['db.operation.name', MEANS.database],
  ['db.operation', MEANS.database],
])

/** The role of each kept key, by its place in ATTRIBUTE_KEYS. */
export const KEY_ROLES: Uint8Array = Uint8Array.from(ATTRIBUTE_KEYS, roleOf)
/** Its meaning, one of MEANS or 0. */
export const KEY_MEANINGS: Uint8Array = Uint8Array.from(ATTRIBUTE_KEYS, (key) => MEANINGS.get(key) ?? 0)
/** Of tokens: are they those of the answer? */
export const IS_OUTPUT: Uint8Array = Uint8Array.from(ATTRIBUTE_KEYS, (key) => (OUTPUT.includes(key) ? 1 : 0))
/** Of targets: the smaller, the more preferred. */
export const KEY_RANKS: Int8Array = Int8Array.from(ATTRIBUTE_KEYS, (key) => ROLES.target.indexOf(key))

export function roleOf(key: string): Role {
  for (const [role, keys] of Object.entries(ROLES)) if (keys.includes(key)) return ROLE[role as keyof typeof ROLE]
  return ROLE.none
}

const BUCKETS = 4096
/** Length and last four bytes tell nearly all keys apart. */
const bucketOf = (view: DataView, start: number, end: number): number =>
  Math.imul(view.getInt32(end - 4, true) ^ ((end - start) * 0x1003), 0x9e3779b1) >>> 20

const keyBytes: DataView = viewOf(Buffer.from(ATTRIBUTE_KEYS.join(''), 'latin1'))
const keyStarts: Int32Array = new Int32Array(ATTRIBUTE_KEYS.length + 1)
/** Keys by a hash of a few of their bytes: a key + 1, or 0; `nextKey` goes on where several share one. */
const buckets: Int16Array = new Int16Array(BUCKETS)
const nextKey: Int16Array = new Int16Array(ATTRIBUTE_KEYS.length)
for (const [id, key] of ATTRIBUTE_KEYS.entries()) {
  const start = keyStarts[id] as number
  keyStarts[id + 1] = start + key.length
  const bucket = bucketOf(keyBytes, start, start + key.length)
  nextKey[id] = buckets[bucket] as number
  buckets[bucket] = id + 1
}

/** The bucket of the key in `[start, end)`: 0 where it is none that is kept. It has at least four bytes, as all of those have. */
export const bucketAt = (view: DataView, start: number, end: number): number =>
  buckets[bucketOf(view, start, end)] as number

/** The place in ATTRIBUTE_KEYS of the key in `[start, end)`, whose bucket this is; -1 where it is none of them. */
export function keyInBucket(bucket: number, view: DataView, start: number, end: number): number {
  const length = end - start
  for (let next = bucket; next !== 0; next = nextKey[next - 1] as number) {
    const known = keyStarts[next - 1] as number
    if ((keyStarts[next] as number) - known === length && isSame(keyBytes, known, view, start, length)) return next - 1
  }
  return -1
}
