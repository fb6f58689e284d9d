import { describe, expect, it } from 'vitest'
import { rateSpan } from '../../../../layers/core/rating/rate-span.ts'
import { contextOf } from './context.ts'
import { awsCall, clientSpan, spanWith } from './spans.ts'

const context = contextOf
const plain = context()

describe('own rates', () => {
  it('charge the entry span for its nanoseconds under the service, and wait for a rate where there is none', () => {
    expect(rateSpan(spanWith({}, { durationNs: 1_500_001 }), plain)).toMatchObject({
      usage: [{ sku: 'rate/shop/*', quantity: 1_500_001 }],
      rules: ['entry'],
      entry: true,
      uncharged: undefined,
    })
  })

  it.each([
    [[], 'rate/shop/*'],
    [[{ service: '*', usdPerMs: '1' }], 'rate/*/*'],
    [[{ service: '*', operation: 'GET /x', usdPerMs: '1' }], 'rate/*/GET /x'],
    [
      [
        { service: 'shop', usdPerMs: '1' },
        { service: '*', operation: 'GET /x', usdPerMs: '1' },
      ],
      'rate/shop/*',
    ],
    [
      [
        { service: 'shop', operation: 'GET /x', usdPerMs: '1' },
        { service: '*', usdPerMs: '1' },
      ],
      'rate/shop/GET /x',
    ],
    [[{ service: 'other', usdPerMs: '1' }], 'rate/shop/*'],
  ])('under %j take %s', (rates, sku) => {
    const span = spanWith({ 'http.request.method': 'GET', 'url.path': '/x' })
    expect(rateSpan(span, context({}, rates)).usage).toEqual([{ sku, quantity: 1_000_000_000 }])
  })
})

describe('spans that are not charged', () => {
  it.each([
    ['an INTERNAL span with a local parent', spanWith({}, { kind: 1, parentSpanId: 'a', flags: 0x100 }), 'inner'],
    [
      'the HTTP span beneath an AWS call',
      clientSpan({ 'http.request.method': 'POST', 'server.address': 'dynamodb.us-east-1.amazonaws.com' }),
      'inner',
    ],
    ['an AWS API without a rater', awsCall('Athena', 'StartQueryExecution'), 'no-meter'],
    ['an AWS call that is free', awsCall('S3', 'DeleteObject'), 'no-meter'],
    ['invoking a function: its own span pays', awsCall('Lambda', 'Invoke'), 'no-meter'],
    [
      'an AWS call that did not say how much',
      awsCall('DynamoDB', 'GetItem'),
      'unmetered:aws.dynamodb.consumed_capacity',
    ],
    [
      'a model call that did not say how much',
      awsCall('Bedrock Runtime', 'Converse', { 'gen_ai.request.model': 'amazon.nova-lite-v1:0' }),
      'unmetered:gen_ai.usage.input_tokens',
    ],
    [
      'an agent, whose tokens are its calls',
      clientSpan({
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 9,
      }),
      'inner',
    ],
  ] as const)('%s', (_, span, uncharged) => {
    expect(rateSpan(span, plain)).toMatchObject({ usage: [], rules: [], uncharged, entry: false })
  })
})

describe('declared costs', () => {
  it.each([
    [0.25, 250_000_000_000],
    ['0.0000000000005', 1],
    ['1e-9', 1_000],
    [0, 0],
    [100, 100_000_000_000_000],
  ])('of %s are booked where nothing here rates the span', (amount, quantity) => {
    expect(rateSpan(clientSpan({ 'cost.amount': amount, 'cost.currency': 'USD' }), plain)).toMatchObject({
      usage: [{ sku: 'edge/declared', quantity }],
      rules: ['declared'],
      uncharged: undefined,
    })
  })

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-1], [100.01], ['ten'], [true], [5e-324]])(
    'of %s are not believed',
    (amount) => {
      expect(rateSpan(clientSpan({ 'cost.amount': amount }), plain)).toMatchObject({
        usage: [],
        uncharged: 'unmetered:cost.amount',
      })
    },
  )

  it('in another currency are not believed', () => {
    expect(rateSpan(clientSpan({ 'cost.amount': 1, 'cost.currency': 'EUR' }), plain).uncharged).toBe(
      'unmetered:cost.currency',
    )
  })

  it('do not count where a rater or an own rate covers the span', () => {
    expect(rateSpan(spanWith({ 'cost.amount': 1 }), context({}, [{ service: 'shop', usdPerMs: '1' }])).rules).toEqual([
      'entry',
    ])
    expect(rateSpan(awsCall('S3', 'GetObject', { 'cost.amount': 1 }), plain).rules).toEqual(['provider-call'])
  })

  it('stand in for an own rate that nobody has set, and for a meter that did not say', () => {
    expect(rateSpan(spanWith({ 'cost.amount': 1 }), plain).usage).toEqual([{ sku: 'edge/declared', quantity: 1e12 }])
    expect(rateSpan(awsCall('DynamoDB', 'GetItem', { 'cost.amount': 1 }), plain)).toMatchObject({
      rules: ['declared'],
      unmetered: ['aws.dynamodb.consumed_capacity'],
    })
  })

  it('of the gen-ai proposal count on model calls only', () => {
    const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.usage.cost.amount': 1 }
    expect(rateSpan(clientSpan(call), plain).rules).toEqual(['declared'])
    expect(rateSpan(clientSpan({ ...call, 'gen_ai.operation.name': 'invoke_agent' }), plain).uncharged).toBe('inner')
  })
})

describe('a rated span', () => {
  it('is front door only as a SERVER span with a method, no parent and no error', () => {
    const http = { 'http.method': 'GET', 'http.target': '/' }
    expect(rateSpan(spanWith(http), plain).frontDoor).toBe(true)
    expect(rateSpan(spanWith(http, { isError: true }), plain).frontDoor).toBe(false)
    expect(rateSpan(spanWith(http, { parentSpanId: 'a', flags: 0x300 }), plain).frontDoor).toBe(false)
    expect(rateSpan(spanWith({}), plain).frontDoor).toBe(false)
    expect(rateSpan(spanWith(http, { kind: 3 }), plain).frontDoor).toBe(false)
  })

  it('names the region that was assumed', () => {
    const span = clientSpan({ 'rpc.system': 'aws-api', 'rpc.service': 'S3', 'rpc.method': 'GetObject' })
    expect(rateSpan(span, context({ region: 'eu-west-1' }))).toMatchObject({
      usage: [{ sku: 'aws/s3/request/tier2@eu-west-1', quantity: 1 }],
      assumed: ['region=eu-west-1'],
    })
  })

  it('takes no region that a stranger made up', () => {
    expect(rateSpan(awsCall('S3', 'GetObject', { 'cloud.region': 'x@y' }), plain).usage).toEqual([
      { sku: 'aws/s3/request/tier2@us-east-1', quantity: 1 },
    ])
  })
})
