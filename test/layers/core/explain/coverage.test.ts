import { describe, expect, it } from 'vitest'
import { coverageOfExplained, coverageOfLedger } from '../../../../layers/core/explain/coverage.ts'
import { explainSpan } from '../../../../layers/core/explain/explain-span.ts'
import type { LedgerRow, ParkedRow } from '../../../../layers/core/ledger/row.ts'
import type { Span } from '../../../../layers/core/otlp/span.ts'
import { NEVER_STALE, NOT_FETCHED } from '../../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../../layers/core/prices/price-book.ts'
import { pricedRegions } from '../../../../layers/core/prices/priced-regions.ts'
import { snapshotPrices } from '../../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../../layers/core/time/instants.ts'
import { contextOf } from '../rating/context.ts'
import { awsCall, spanWith } from '../rating/spans.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const BOOK = createPriceBook(
  snapshotPrices(['us-east-1'], { fetchedAt: NOT_FETCHED, validUntil: NEVER_STALE }),
  'snapshot',
)
const of = (...spans: readonly Span[]) =>
  coverageOfExplained(
    spans.map((span) => explainSpan(span, contextOf(), BOOK, NOW)),
    pricedRegions(BOOK),
  )

const invocation = spanWith(
  {},
  { service: 'fn', resource: { 'cloud.platform': 'aws_lambda', 'cloud.region': 'us-east-1' } },
)

describe('coverage of spans', () => {
  it('counts a meter that was told only a part as unmetered, and its span as booked', () => {
    expect(of(invocation)).toEqual({
      from: null,
      to: null,
      share: 1,
      services: [
        {
          service: 'fn',
          booked: 1,
          parked: 0,
          unmetered: 0,
          inner: 0,
          noMeter: 0,
          share: 1,
          meters: [
            { meter: 'Lambda duration', rated: 0, unmetered: 1 },
            { meter: 'Lambda request', rated: 1, unmetered: 0 },
          ],
          missing: [
            {
              attribute: 'faas.max_memory',
              spans: 1,
              meter: 'Lambda duration',
              where: 'environment',
              line: 'OTEL_NODE_RESOURCE_DETECTORS=env,aws',
            },
          ],
          waiting: [],
        },
      ],
    })
  })

  it('names what waits for a price, with the line that gives it; a model has none', () => {
    const model = spanWith(
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'nobody-knows',
        'gen_ai.usage.input_tokens': 7,
        'gen_ai.usage.output_tokens': 0,
      },
      { kind: 3, parentSpanId: 'eee19b7ec3c1b175' },
    )
    const elsewhere = { ...awsCall('SQS', 'SendMessage') }
    const far = { ...elsewhere, attributes: { ...elsewhere.attributes, 'cloud.region': 'me-south-1' } }
    expect(of(spanWith(), spanWith(), model, far).services[0]).toMatchObject({
      service: 'shop',
      parked: 4,
      share: 0,
      waiting: [
        { sku: 'rate/shop/*', spans: 2, line: '"rates": [{ "service": "shop", "usdPerMs": "0.0000021" }]' },
        { sku: 'aws/sqs/request/standard@me-south-1', spans: 1, line: '"pricedRegions": ["me-south-1"]' },
        { sku: 'model/openai/nobody-knows/input-token', spans: 1, line: null },
      ],
    })
  })

  it('does not name a region again that has prices, where one of them is missing', () => {
    const book = createPriceBook(
      BOOK.prices.filter(({ sku }) => !sku.startsWith('aws/sqs/')),
      'less',
    )
    const sent = explainSpan(awsCall('SQS', 'SendMessage'), contextOf(), book, NOW)
    expect(coverageOfExplained([sent], pricedRegions(book)).services[0]?.waiting).toEqual([
      { sku: 'aws/sqs/request/standard@us-east-1', spans: 1, line: null },
    ])
  })

  it('puts the service with the most gaps first, and shares the whole by spans', () => {
    const call = awsCall('DynamoDB', 'GetItem')
    const report = of(invocation, call, call, awsCall('S3', 'DeleteObject'), awsCall('S3', 'GetObject'))
    expect(report.share).toBe(0.5)
    expect(
      report.services.map(({ service, unmetered, noMeter, share }) => [service, unmetered, noMeter, share]),
    ).toEqual([
      ['shop', 2, 1, 0.3333],
      ['fn', 0, 0, 1],
    ])
  })

  it('says of nothing that should cost something no share', () => {
    expect(of().share).toBeNull()
    expect(of(awsCall('S3', 'DeleteObject')).services[0]).toMatchObject({ share: null, noMeter: 1, missing: [] })
  })
})

describe('coverage of a ledger', () => {
  const key = { service: 'fn', hour: hourOf(NOW), commit: 'c0ffee', shard: 'k.0' }
  const row = (outcomes: LedgerRow['outcomes']): LedgerRow => ({
    ...key,
    fence: { offset: 1, timestampMs: NOW },
    minutes: [],
    operations: [],
    usage: [],
    outcomes,
  })
  const parked: ParkedRow = {
    ...key,
    minute: 3,
    fence: { offset: 1, timestampMs: NOW },
    usage: [
      { operation: 'a', sku: 'rate/fn/*' as Sku, quantity: 5n, spans: 2 },
      { operation: 'b', sku: 'rate/fn/*' as Sku, quantity: 5n, spans: 1 },
    ],
  }

  it('sums outcomes and waiting prices of all rows of a service, by whole hours', () => {
    const rows = [
      row([
        { outcome: 'booked', spans: 6 },
        { outcome: 'inner', spans: 50 },
        { outcome: 'unmetered:faas.max_memory', spans: 1 },
      ]),
      row([
        { outcome: 'parked', spans: 3 },
        { outcome: 'no-meter', spans: 9 },
      ]),
    ]
    expect(coverageOfLedger(rows, [parked], { from: (NOW - 1) as EpochMs, to: NOW }, new Set())).toMatchObject({
      from: '2026-11-23T08:00:00.000Z',
      to: '2026-11-23T09:00:00.000Z',
      share: 0.6,
      services: [
        {
          service: 'fn',
          booked: 6,
          parked: 3,
          unmetered: 1,
          inner: 50,
          noMeter: 9,
          meters: [{ meter: 'Lambda duration', rated: null, unmetered: 1 }],
          waiting: [{ sku: 'rate/fn/*', spans: 3 }],
        },
      ],
    })
  })
})
