import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import type { Attributes, SpanKind } from '../../../../layers/core/otlp/span.ts'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import { contextOf } from './context.ts'
import { spanWith } from './spans.ts'

const KEYS = [
  'rpc.system',
  'rpc.system.name',
  'rpc.service',
  'rpc.method',
  'http.request.method',
  'cloud.region',
  'cloud.platform',
  'faas.max_memory',
  'aws.ecs.launchtype',
  'aws.ecs.task.cpu',
  'aws.ecs.task.memory',
  'host.arch',
  'aws.dynamodb.consumed_capacity',
  'messaging.message.body.size',
  'messaging.batch.message_count',
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'cost.amount',
  'cost.currency',
  'tollgate.states.transitions',
  'http.response.body.size',
  'faas.invocation_id',
]
const WORDS = [
  'aws-api',
  'DynamoDB',
  'S3',
  'SQS',
  'Kinesis',
  'Bedrock Runtime',
  'Converse',
  'GetItem',
  'PutItem',
  'PutRecords',
  'aws_lambda',
  'aws_ecs',
  'fargate',
  'chat',
  'aws.bedrock',
  'openai',
  'us.anthropic.claude-sonnet-4-20250514-v1:0',
  'us-east-1',
  'constructor',
  '__proto__',
  'GET',
  'USD',
  '{"CapacityUnits":1}',
]
const value = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.constantFrom(true, null, undefined, 134_217_728, 2 ** 53, -0),
  fc.array(fc.constantFrom(...WORDS)),
  fc.constant(Object.create(null) as null),
  fc.constant(new Uint8Array(2)),
)
const noise = fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 4 })
/** What spans look like that some rater knows; noise then makes them odd. */
const KNOWN: readonly Attributes[] = [
  {},
  ...'DynamoDB.GetItem S3.PutObject SQS.SendMessage SNS.Publish Kinesis.PutRecord Kinesis.PutRecords EventBridge.PutEvents SFN.StartExecution SSM.GetParameter Bedrock Runtime.Converse'
    .split(/ (?!Runtime)/)
    .map((call) => call.split('.'))
    .map(([service, method]) => ({ 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': method })),
  { 'rpc.system': 'grpc', 'rpc.service': 'a.B', 'rpc.method': 'c' },
  { 'http.request.method': 'GET' },
  { 'messaging.system': 'kafka' },
  { 'db.system.name': 'mysql', 'db.operation.name': 'SELECT' },
  {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': 'amazon.nova-lite-v1:0',
    'gen_ai.usage.input_tokens': 9,
  },
]
const RESOURCES: readonly Attributes[] = [
  {},
  { 'cloud.platform': 'aws_lambda', 'faas.max_memory': 134_217_728 },
  { 'cloud.platform': 'aws_ecs', 'aws.ecs.launchtype': 'fargate' },
]
const attributesLike = (known: readonly Attributes[]) =>
  fc.tuple(fc.constantFrom(...known), noise).map(([some, odd]): Attributes => ({ ...some, ...odd }) as Attributes)
const spans = fc
  .record({
    attributes: attributesLike(KNOWN),
    resource: attributesLike(RESOURCES),
    kind: fc.integer({ min: 0, max: 5 }),
    flags: fc.constantFrom(0, 0x100, 0x300),
    parentSpanId: fc.constantFrom('', 'eee19b7ec3c1b175'),
    traceState: fc.oneof(fc.string(), fc.constantFrom('ot=th:8', 'ot=th:4', 'ot=th:ffffffffffffff')),
    scopeName: fc.string(),
    durationNs: fc.maxSafeNat(),
  })
  .map(({ attributes, kind, ...over }) => spanWith(attributes, { kind: kind as SpanKind, ...over }))
const context = contextOf({
  services: [
    {
      service: '*',
      apiGateway: 'rest',
      internetEgress: true,
      ephemeralStorageMb: 10_240,
      fargate: { cpuUnits: 256, memoryMb: 512, concurrency: 1.5 },
    },
  ],
})

describe('rateSpan, whatever arrives', () => {
  it('gives non-negative safe integers, a weight within trust, and a reason exactly where nothing is charged', () => {
    fc.assert(
      fc.property(spans, (span) => {
        const rated = rateSpan(span, context)
        for (const { quantity, sku } of rated.usage) {
          expect(Number.isSafeInteger(quantity) && quantity >= 0).toBe(true)
          expect(sku.length).toBeLessThan(300)
        }
        expect(rated.uncharged === undefined).toBe(rated.usage.length > 0)
        expect(rated.rules.length > 0).toBe(rated.usage.length > 0)
        expect(rated.weight).toBeGreaterThanOrEqual(1)
        expect(rated.weight).toBeLessThanOrEqual(128)
      }),
      { numRuns: 5000 },
    )
  })

  it('says the same of a span whatever was rated before it', () => {
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 8 }), (several) => {
        const forwards = several.map((span) => rateSpan(span, context))
        const backwards = several.toReversed().map((span) => rateSpan(span, contextOf(context.settings)))
        expect(backwards.toReversed()).toEqual(forwards)
      }),
    )
  })
})

describe('the attributes that rating reads', () => {
  it('are all among those that the decoders keep', () => {
    const read = new Set<string>()
    const watched = (attributes: Attributes): Attributes =>
      new Proxy(attributes, {
        get: (target, key) => {
          read.add(String(key))
          return Reflect.get(target, key)
        },
      })
    fc.assert(
      fc.property(spans, (span) => {
        const resource = { ...span.resource, attributes: watched(span.resource.attributes) }
        rateSpan({ ...span, resource, attributes: watched(span.attributes) }, context)
      }),
      { numRuns: 3000 },
    )
    expect(read.size).toBeGreaterThan(40)
    expect([...read].filter((key) => !ATTRIBUTE_KEYS.includes(key))).toEqual([])
  })
})
