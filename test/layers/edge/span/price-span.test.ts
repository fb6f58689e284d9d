import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateSchema, ratingSchema } from '../../../../layers/core/configuration.ts'
import { explainSpan } from '../../../../layers/core/explain/explain-span.ts'
import { parseUsd } from '../../../../layers/core/money/picodollars.ts'
import type { Span } from '../../../../layers/core/otlp/span.ts'
import { readEdgeBook, writeEdgeBook } from '../../../../layers/core/prices/edge-book.ts'
import { ownRates } from '../../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { priceSpan } from '../../../../layers/edge/span/price-span.ts'
import { awsCall, clientSpan, spanWith } from '../../core/rating/spans.ts'

const NOW = 1_795_000_000_000 as EpochMs
const VALID_UNTIL = (NOW + 900_000) as EpochMs
const rating = ratingSchema.parse({ region: 'eu-west-1' })
const rates = [rateSchema.parse({ service: 'shop', usdPerMs: '0.0000021' })]
const book = createPriceBook(
  [...snapshotPrices(['us-east-1', 'eu-west-1'], { fetchedAt: NOW, validUntil: VALID_UNTIL }), ...ownRates(rates)],
  'g1',
)
const ledger = compileRating(rating, rates)

/** What an edge holds: the same, after the way over HTTP. */
const received = readEdgeBook(JSON.parse(writeEdgeBook({ book, rating, rates })))
if (received === undefined) throw new Error('the edge cannot read its book')
const edge = compileRating(received.rating, received.rates)

const lambda = (memoryMb: number) => ({
  'cloud.platform': 'aws_lambda',
  'cloud.region': 'us-east-1',
  'faas.max_memory': memoryMb * 1_048_576,
  'host.arch': 'arm64',
})
const count = fc.integer({ min: 0, max: 1_000_000 })
const durationNs = fc.integer({ min: 0, max: 900_000_000_000 })
const span: fc.Arbitrary<Span> = fc.oneof(
  durationNs.map((ns) => spanWith({}, { durationNs: ns })),
  fc
    .tuple(durationNs, fc.integer({ min: 128, max: 10_240 }))
    .map(([ns, mb]) => spanWith({}, { durationNs: ns, service: 'fn', resource: lambda(mb) })),
  fc
    .double({ min: 0, max: 500, noNaN: true })
    .map((units) =>
      awsCall('DynamoDB', 'GetItem', { 'aws.dynamodb.consumed_capacity': [JSON.stringify({ CapacityUnits: units })] }),
    ),
  count.map((bytes) => awsCall('SQS', 'SendMessage', { 'messaging.message.body.size': bytes })),
  fc.constantFrom(awsCall('S3', 'PutObject'), awsCall('S3', 'GetObject'), awsCall('STS', 'AssumeRole'), clientSpan({})),
  count.map((usd) => spanWith({ 'cost.amount': usd / 1e7 }, { service: 'elsewhere' })),
  fc.tuple(count, count).map(([input, output]) =>
    clientSpan({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.request.model': 'us.anthropic.claude-sonnet-4-20250514-v1:0',
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
    }),
  ),
)

describe('the cost of a span on the span', () => {
  it('is what `tollgate explain` says of it, to the picodollar, and is absent where it charges nothing', () => {
    fc.assert(
      fc.property(span, (one) => {
        const explained = explainSpan(one, ledger, book, NOW)
        const priced = priceSpan(one, edge, received.book, NOW)
        const [parked] = explained.parked
        if (!explained.charged) expect(priced).toBeUndefined()
        else if (parked !== undefined) expect(priced).toEqual({ sku: parked.sku, why: parked.why })
        else expect(priced).toMatchObject({ 'cost.amount_exact': explained.totalUsd, 'cost.currency': 'USD' })
      }),
      { numRuns: 300 },
    )
  })

  it('is the exact amount as a double too: written out, it is the same decimal', () => {
    fc.assert(
      fc.property(span, (one) => {
        const priced = priceSpan(one, edge, received.book, NOW)
        if (priced === undefined || 'why' in priced) return
        expect(parseUsd(String(priced['cost.amount']))).toBe(parseUsd(priced['cost.amount_exact']))
      }),
      { numRuns: 100 },
    )
  })

  it('names the region of its prices: of the call, of the service, else the configured one', () => {
    const regionOf = (one: Span) => {
      const priced = priceSpan(one, edge, received.book, NOW)
      return priced !== undefined && 'cost.amount' in priced ? priced['cost.pricing_region'] : priced
    }
    expect(regionOf(awsCall('S3', 'PutObject'))).toBe('us-east-1')
    expect(regionOf(spanWith({}, { resource: { 'cloud.region': 'eu-central-1' } }))).toBe('eu-central-1')
    expect(regionOf(spanWith())).toBe('eu-west-1')
  })

  it('is none once one of its prices is stale or missing: half a cost would pass for the whole', () => {
    const late = VALID_UNTIL
    expect(priceSpan(awsCall('S3', 'PutObject'), edge, received.book, late)).toEqual({
      sku: 'aws/s3/request/tier1@us-east-1',
      why: 'stale',
    })
    expect(priceSpan(spanWith({}, { service: 'new' }), edge, received.book, NOW)).toEqual({
      sku: 'rate/new/*',
      why: 'missing',
    })
  })
})
