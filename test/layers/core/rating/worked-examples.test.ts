import { describe, expect, it } from 'vitest'
import { divideHalfUp, parseDecimal } from '../../../../layers/core/money/picodollars.ts'
import type { Attributes, Span } from '../../../../layers/core/otlp/span.ts'
import { familyOf, unitOf } from '../../../../layers/core/prices/sku.ts'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { contextOf } from './context.ts'
import { awsCall, clientSpan, spanWith } from './spans.ts'

const MB = 1_048_576
const MS = 1_000_000
const HOUR = 3_600_000 * MS
const CONTEXT = contextOf({
  services: [
    { service: 'provisioned', provisionedConcurrency: true },
    { service: 'shop', apiGateway: 'http' },
  ],
})

const invocation = (memoryMb: number, ms: number, arch: string, service = 'fn'): Span =>
  spanWith(
    {},
    {
      service,
      durationNs: ms * MS,
      resource: { 'cloud.platform': 'aws_lambda', 'faas.max_memory': memoryMb * MB, 'host.arch': arch },
    },
  )
const task = (vcpu: number, memoryMb: number, arch: string, durationNs = HOUR): Span =>
  spanWith(
    {},
    {
      durationNs,
      resource: {
        'cloud.platform': 'aws_ecs',
        'aws.ecs.launchtype': 'fargate',
        'aws.ecs.task.cpu': vcpu,
        'aws.ecs.task.memory': memoryMb,
        'host.arch': arch,
      },
    },
  )
const consumed = (units: number): Attributes => ({
  'aws.dynamodb.consumed_capacity': [JSON.stringify({ CapacityUnits: units })],
})
const model = clientSpan({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'aws.bedrock',
  'gen_ai.request.model': 'm',
  'gen_ai.usage.input_tokens': 1_000_000,
  'gen_ai.usage.output_tokens': 500_000,
})

/** Quanta of a family that so many spans like this one use. */
function quantaOf(span: Span, spans: number, family: string): bigint {
  const used = rateSpan(span, CONTEXT).usage.filter(({ sku }) => familyOf(sku) === family)
  return used.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n) * BigInt(spans)
}

/** Quanta x price, a fraction of USD. */
function product(quanta: bigint, family: string, usd: string) {
  const { digits, scale } = parseDecimal(usd)
  return { numerator: quanta * digits, denominator: unitOf(family as Sku).quantaPerUnit * 10n ** BigInt(scale) }
}

describe('the worked examples: usage of spans x the unit price is the exact product', () => {
  // example, span, how many like it, family, USD a unit, exact product in USD
  it.each<[string, Span, number, string, string, string]>([
    ['A1 compute', invocation(512, 1000, 'amd64'), 3_000_000, 'aws/lambda/gb-second/x86_64', '0.00001667', '25.005'],
    ['A1 requests', invocation(512, 1000, 'amd64'), 2_000_000, 'aws/lambda/request', '0.0000002', '0.4'],
    ['A5 input', model, 1, 'model/aws.bedrock/m/input-token', '0.0000008', '0.8'],
    ['A5 output', model, 1, 'model/aws.bedrock/m/output-token', '0.0000016', '0.8'],
    ['B1', invocation(128, 1, 'amd64'), 60, 'aws/lambda/request', '0.0000002', '0.000012'],
    ['B2', invocation(128, 3_058_991, 'amd64'), 1, 'aws/lambda/gb-second/x86_64', '0.0000166667', '0.0063729106624625'],
    ['B3', invocation(128, 1_141_024, 'amd64'), 1, 'aws/lambda/gb-second/x86_64', '0.0000166667', '0.0023771380876'],
    [
      'B4',
      invocation(128, 61_424, 'amd64', 'provisioned'),
      1,
      'aws/lambda/provisioned-gb-second/x86_64',
      '0.0000097222',
      '0.0000746470516',
    ],
    [
      'B5',
      awsCall('SFN', 'StartExecution', { 'tollgate.states.transitions': 1 }),
      1,
      'aws/states/transition',
      '0.000025',
      '0.000025',
    ],
    ['B6', awsCall('DynamoDB', 'PutItem', consumed(1)), 145, 'aws/dynamodb/write-unit', '0.00000125', '0.00018125'],
    ['B7', awsCall('DynamoDB', 'GetItem', consumed(0.5)), 34, 'aws/dynamodb/read-unit', '0.00000025', '0.00000425'],
    ['B9', task(0.25, 512, 'amd64'), 1, 'aws/fargate/vcpu-hour/x86_64', '0.04048', '0.01012'],
    ['B11', task(0.25, 1024, 'arm64'), 1, 'aws/fargate/gb-hour/arm64', '0.00356', '0.00356'],
    ['B12', awsCall('SQS', 'ReceiveMessage'), 180, 'aws/sqs/request/standard', '0.0000004', '0.000072'],
    ['B13', awsCall('S3', 'PutObject'), 20, 'aws/s3/request/tier1', '0.000005', '0.0001'],
    ['B14', awsCall('S3', 'HeadObject'), 559, 'aws/s3/request/tier2', '0.0000004', '0.0002236'],
    ['C1', invocation(128, 1, 'amd64'), 15_000_000_000, 'aws/lambda/request', '0.0000002', '3000'],
    ['C2', invocation(1024, 1000, 'amd64'), 6_000_000_000, 'aws/lambda/gb-second/x86_64', '0.0000166667', '100000.2'],
    ['C3', invocation(1024, 1000, 'arm64'), 7_500_000_000, 'aws/lambda/gb-second/arm64', '0.0000133334', '100000.5'],
    ['C5', awsCall('DynamoDB Streams', 'GetRecords'), 2_000_000, 'aws/dynamodb/stream-read', '0.0000002', '0.4'],
    ['C6', awsCall('S3', 'ListObjectsV2'), 10_000, 'aws/s3/request/tier1', '0.000005', '0.05'],
    ['C7', awsCall('S3', 'GetObject'), 10_000, 'aws/s3/request/tier2', '0.0000004', '0.004'],
    ['C8', awsCall('SQS', 'SendMessage'), 2_000_000, 'aws/sqs/request/standard', '0.0000004', '0.8'],
    [
      'C9',
      awsCall('SQS', 'SendMessage', { 'aws.sqs.queue.url': 'https://sqs/1/q.fifo' }),
      1_000_000,
      'aws/sqs/request/fifo',
      '0.0000005',
      '0.5',
    ],
    ['C11', awsCall('SNS', 'Publish'), 1_000_000, 'aws/sns/request/standard', '0.0000005', '0.5'],
    ['C12', awsCall('Kinesis', 'PutRecord'), 6_500_000, 'aws/kinesis/put-unit', '0.000000014', '0.091'],
    ['C16', spanWith({ 'http.request.method': 'GET' }), 300_000_000, 'aws/apigateway/request/http', '0.000001', '300'],
    [
      'C18',
      awsCall('SFN', 'StartExecution', { 'tollgate.states.transitions': 10 }),
      1000,
      'aws/states/transition',
      '0.000025',
      '0.25',
    ],
    [
      'C19',
      awsCall('EventBridge', 'PutEvents', { 'messaging.batch.message_count': 10 }),
      100_000,
      'aws/events/custom-event',
      '0.000001',
      '1',
    ],
    ['D1', invocation(1536, 120, 'amd64'), 3_000_000, 'aws/lambda/gb-second/x86_64', '0.0000166667', '9.000018'],
    [
      'D2',
      awsCall('Kinesis', 'PutRecord', { 'messaging.message.body.size': 35 * 1024 }),
      8_640_000,
      'aws/kinesis/put-unit',
      '1',
      '17280000',
    ],
  ])('%s', (_, span, spans, family, usd, exact) => {
    const { numerator, denominator } = product(quantaOf(span, spans, family), family, usd)
    const { digits, scale } = parseDecimal(exact)
    expect(numerator * 10n ** BigInt(scale)).toBe(digits * denominator)
  })

  it('B10: where AWS rounded the quantity itself, its figure to 10 decimals', () => {
    const family = 'aws/fargate/gb-hour/x86_64'
    const quanta = quantaOf(task(0.25, 1024, 'amd64', 781_556 * MS), 1, family)
    const { numerator, denominator } = product(quanta, family, '0.004445')
    expect(divideHalfUp(numerator * 10n ** 10n, denominator)).toBe(9_650_046n)
  })
})
