import { describe, expect, it } from 'vitest'
import { explainSpan } from '../../../../layers/core/explain/explain-span.ts'
import type { Attributes, Span } from '../../../../layers/core/otlp/span.ts'
import { NEVER_STALE, type Price } from '../../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'
import { unitOf } from '../../../../layers/core/prices/sku.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { contextOf } from '../rating/context.ts'
import { awsCall, clientSpan, spanWith } from '../rating/spans.ts'

const MB = 1_048_576
const MS = 1_000_000
const NOW = 1_795_000_000_000 as EpochMs

const priceOf = (sku: string, usd: string, over: Partial<Price> = {}): Price => ({
  sku: sku as Sku,
  usd,
  unit: unitOf(sku as Sku).unit,
  tiers: [],
  multiplier: '1',
  source: { kind: 'file', file: 'prices.json' },
  fetchedAt: NOW,
  validUntil: NEVER_STALE,
  ...over,
})
const bookOf = (...prices: readonly Price[]) => createPriceBook(prices, 'test')

function function_(memoryMb: number, ms: number, more: Attributes = {}): Span {
  const resource = {
    'cloud.platform': 'aws_lambda',
    'cloud.region': 'us-east-1',
    'faas.max_memory': memoryMb * MB,
    'host.arch': 'amd64',
    ...more,
  }
  return spanWith({}, { service: 'fn', durationNs: ms * MS, resource })
}
const consumed = (units: number): Attributes => ({
  'aws.dynamodb.consumed_capacity': [JSON.stringify({ CapacityUnits: units })],
})
const model = clientSpan(
  {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 1_000_000,
    'gen_ai.usage.output_tokens': 500_000,
  },
  { 'cloud.region': 'us-east-1' },
)
const task = spanWith(
  {},
  {
    durationNs: 781_556 * MS,
    resource: {
      'cloud.platform': 'aws_ecs',
      'cloud.region': 'us-west-2',
      'aws.ecs.launchtype': 'fargate',
      'aws.ecs.task.cpu': 0.25,
      'aws.ecs.task.memory': 1024,
      'host.arch': 'amd64',
    },
  },
)

describe('a worked example', () => {
  // example, span, SKU, USD a unit; quantity, unit, exact product, USD
  it.each<[string, Span, string, string, string, string, string, string]>([
    [
      'A1',
      function_(512, 1000),
      'aws/lambda/gb-second/x86_64@us-east-1',
      '0.00001667',
      '0.5',
      'GB-second',
      '0.000008335',
      '0.000008335',
    ],
    ['A5 input', model, 'model/aws.bedrock/m/input-token@us-east-1', '0.0000008', '1000000', 'token', '0.8', '0.8'],
    ['A5 output', model, 'model/aws.bedrock/m/output-token@us-east-1', '0.0000016', '500000', 'token', '0.8', '0.8'],
    [
      'B2',
      function_(128, 3_058_991),
      'aws/lambda/gb-second/x86_64@us-east-1',
      '0.0000166667',
      '382.373875',
      'GB-second',
      '0.0063729106624625',
      '0.006372910662',
    ],
    [
      'B3',
      function_(128, 1_141_024),
      'aws/lambda/gb-second/x86_64@us-east-1',
      '0.0000166667',
      '142.628',
      'GB-second',
      '0.0023771380876',
      '0.002377138088',
    ],
    [
      'B6',
      awsCall('DynamoDB', 'PutItem', consumed(145)),
      'aws/dynamodb/write-unit@us-east-1',
      '0.00000125',
      '145',
      'request unit',
      '0.00018125',
      '0.00018125',
    ],
    [
      'B7',
      awsCall('DynamoDB', 'GetItem', consumed(0.5)),
      'aws/dynamodb/read-unit@us-east-1',
      '0.00000025',
      '0.5',
      'request unit',
      '0.000000125',
      '0.000000125',
    ],
    [
      'B10',
      task,
      'aws/fargate/gb-hour/x86_64@us-west-2',
      '0.004445',
      '0.217098888888888888',
      'GB-hour',
      '0.000965004561111111111111111111',
      '0.000965004561',
    ],
    [
      '512 MB for a second',
      function_(512, 1000),
      'aws/lambda/gb-second/x86_64@us-east-1',
      '0.0000166667',
      '0.5',
      'GB-second',
      '0.00000833335',
      '0.00000833335',
    ],
  ])(
    '%s is shown as quantity x unit price, exact, then rounded',
    (_, span, sku, price, quantity, unit, exactUsd, usd) => {
      const { lines } = explainSpan(span, contextOf(), bookOf(priceOf(sku, price)), NOW)
      expect(lines).toMatchObject([
        { sku, quantity, unit, unitPriceUsd: price, multiplier: '1', source: 'file', exactUsd, usd },
      ])
    },
  )
})

describe('an explained span', () => {
  const book = bookOf(
    priceOf('aws/lambda/request@us-east-1', '0.0000002'),
    priceOf('aws/lambda/gb-second/x86_64@us-east-1', '0.0000166667', {
      multiplier: '0.830',
      tiers: [
        { begin: '0', end: '6000000000', usd: '0.0000166667' },
        { begin: '6000000000', end: undefined, usd: '0.000015' },
      ],
      source: {
        kind: 'price-list',
        serviceCode: 'AWSLambda',
        usageType: 'Lambda-GB-Second',
        operation: '',
        rateCode: 'TG3M4CAGBA3NYQBH.JRTCKXETXF.CUKFZ388N3',
        published: '',
      },
    }),
  )

  it('names tier, multiplier, source, rate code and when it was fetched, and sums its lines', () => {
    const explained = explainSpan(function_(512, 1000), contextOf(), book, NOW)
    expect(explained).toMatchObject({ charged: true, rule: 'entry', totalUsd: '0.000007116681', parked: [] })
    expect(explained.lines[1]).toEqual({
      sku: 'aws/lambda/gb-second/x86_64@us-east-1',
      quantity: '0.5',
      unit: 'GB-second',
      counted: '512000 MB-millisecond',
      rounding: 'memory up to the MB, duration up to the millisecond',
      unitPriceUsd: '0.0000166667',
      tier: { from: '0', to: '6000000000' },
      multiplier: '0.83',
      source: 'price-list',
      sourceDetail: 'AWSLambda Lambda-GB-Second TG3M4CAGBA3NYQBH.JRTCKXETXF.CUKFZ388N3',
      fetchedAt: '2026-11-18T11:06:40.000Z',
      exactUsd: '0.0000069166805',
      usd: '0.000006916681',
    })
  })

  it('multiplies usage by the sampling weight, and says so', () => {
    const sampled = { ...function_(512, 1000), traceState: 'ot=th:c' }
    const explained = explainSpan(sampled, contextOf(), book, NOW)
    expect(explained).toMatchObject({ weight: 4, weightSource: 'th' })
    expect(explained.lines[0]).toMatchObject({ quantity: '4', usd: '0.0000008' })
  })

  it('counts a span once whose tracestate claims a weight that nobody trusts, and says so', () => {
    const forged = { ...function_(512, 1000), traceState: 'ot=th:ffffffffffffff' }
    expect(explainSpan(forged, contextOf(), book, NOW)).toMatchObject({ weight: 1, weightSource: 'above-trusted' })
  })

  it('parks what has no price, in its unit, and a stale price is none', () => {
    const stale = bookOf(priceOf('aws/lambda/request@us-east-1', '0.0000002', { validUntil: NOW }))
    expect(explainSpan(function_(512, 1000), contextOf(), stale, NOW)).toMatchObject({
      charged: true,
      lines: [],
      parked: [
        { sku: 'aws/lambda/request@us-east-1', quantity: '1', unit: 'request', why: 'stale' },
        { sku: 'aws/lambda/gb-second/x86_64@us-east-1', quantity: '0.5', unit: 'GB-second', why: 'missing' },
      ],
      totalUsd: '0',
    })
  })

  it('shows a declared cost beside the rated one, which counts; for one span whatever its weight', () => {
    const declaring = { ...function_(512, 1000), attributes: { 'cost.amount': 0.00001 }, traceState: 'ot=th:8' }
    const plain = bookOf(
      priceOf('aws/lambda/request@us-east-1', '0.0000002'),
      priceOf('aws/lambda/gb-second/x86_64@us-east-1', '0.0000166667'),
    )
    expect(explainSpan(declaring, contextOf(), plain, NOW)).toMatchObject({
      declared: { usd: '0.00001', ratedUsd: '0.00000853335' },
      totalUsd: '0.0000170667',
    })
  })

  it('books a declared cost where nothing else rates the span, and shows no second figure', () => {
    const declaring = spanWith({ 'cost.amount': '0.25', 'cost.currency': 'USD' })
    const explained = explainSpan(declaring, contextOf(), bookOf(priceOf('edge/declared', '1')), NOW)
    expect(explained).toMatchObject({ rule: 'declared', totalUsd: '0.25', declared: null })
    expect(explained.lines).toMatchObject([{ quantity: '0.25', unit: 'USD', sourceDetail: 'declared by the sender' }])
  })

  it.each<[string, Span, string]>([
    ['inner', spanWith({}, { kind: 1, parentSpanId: 'eee19b7ec3c1b175', flags: 0x100 }), 'inner'],
    ['a free call', awsCall('S3', 'DeleteObject'), 'no-meter'],
    ['a call that does not say', awsCall('DynamoDB', 'GetItem'), 'unmetered:aws.dynamodb.consumed_capacity'],
  ])('says by which rule it is not charged: %s', (_, span, rule) => {
    expect(explainSpan(span, contextOf(), book, NOW)).toMatchObject({ charged: false, rule, lines: [], totalUsd: '0' })
  })
})
