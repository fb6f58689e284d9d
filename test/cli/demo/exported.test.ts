import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_SCENARIO, releaseAt, type Scenario } from '../../../cli/demo/scenario.ts'
import { createTraffic } from '../../../cli/demo/traffic.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { Picodollars } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'
import {
  type DecodedRecord,
  FLAG_HAS_IS_REMOTE,
  FLAG_IS_REMOTE,
  SPAN_KIND,
  type Span,
} from '../../../layers/core/otlp/span.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { costOf } from '../../../layers/core/prices/price-usage.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import { rateSpan } from '../../../layers/core/rating/rate-span.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../../layers/core/time/instants.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const START_MS = Date.UTC(2026, 10, 23, 8)
const SCENARIO: Scenario = {
  ...DEMO_SCENARIO,
  bursts: [],
  releases: [
    ...DEMO_SCENARIO.releases.filter((release) => release.minute === 0),
    { minute: 2, service: 'checkout', commit: 'bad5eed', summary: 'retries', modelAttempts: 12 },
  ],
}

const AT = 1 as EpochMs
const RATING = compileRating(configurationSchema.parse({}).rating, [])
const BOOK = createPriceBook(
  snapshotPrices(['us-east-1'], { fetchedAt: 0 as EpochMs, validUntil: 2 as EpochMs }),
  'test',
)

function listPrice(span: Span): bigint {
  return rateSpan(span, RATING).usage.reduce((sum, { sku, quantity }) => {
    const answer = BOOK.lookup(sku, AT)
    if (!answer.found) throw new Error(`no price of ${sku}`)
    return sum + costOf(BigInt(quantity), answer.price)
  }, 0n)
}

/** What three minutes of traffic put on the wire, as Tollgate's own decoder reads it. */
let receiver: Receiver
let spans: readonly Span[]
let dead: readonly unknown[]

beforeAll(async () => {
  receiver = await startReceiver()
  const traffic = createTraffic({ endpoint: receiver.endpoint, seed: 7, startMs: START_MS, scenario: SCENARIO })
  const decoded: DecodedRecord[] = []
  const decodeFrom = (first: number, arrivedMs: number) => {
    for (const body of receiver.bodies.slice(first)) {
      decoded.push(decodeRecord(body, arrivedMs as EpochMs, 0n as Picodollars))
    }
  }
  for (let at = 5_000; at <= 3 * MS_PER_MINUTE; at += 5_000) {
    const before = receiver.bodies.length
    await traffic.emitUntil(START_MS + at)
    decodeFrom(before, START_MS + at)
  }
  const before = receiver.bodies.length
  await traffic.shutdown()
  decodeFrom(before, START_MS + 3 * MS_PER_MINUTE)
  spans = decoded.flatMap((record) => record.spans)
  dead = decoded.flatMap((record) => record.dead)
})
afterAll(() => receiver.close())

const of = (service: string) => spans.filter((span) => span.resource.service === `prod/shop/${service}`)

describe("the demo's spans on the wire", () => {
  it('all decode, under the five identities', () => {
    expect(dead).toEqual([])
    expect([...new Set(spans.map((span) => span.resource.service))].sort()).toEqual([
      'prod/shop/catalog',
      'prod/shop/checkout',
      'prod/shop/orders',
      'prod/shop/recommend',
      'prod/shop/storefront',
    ])
  })

  it('have ids that never repeat', () => {
    expect(new Set(spans.map((span) => span.spanId)).size).toBe(spans.length)
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(3 * 82)
  })

  it('have a remote parent just where a request enters a service, and none at the front door', () => {
    for (const span of spans) {
      const server = span.kind === SPAN_KIND.server
      const front = server && span.resource.service === 'prod/shop/storefront'
      expect(span.parentSpanId === '').toBe(front)
      expect(span.flags & FLAG_HAS_IS_REMOTE).toBe(FLAG_HAS_IS_REMOTE)
      expect((span.flags & FLAG_IS_REMOTE) !== 0).toBe(server && !front)
    }
  })

  it('give every service at least 20 entry spans in each minute in which they end', () => {
    for (const service of ['storefront', 'catalog', 'recommend', 'checkout', 'orders']) {
      for (const minute of [0, 1, 2]) {
        const entries = of(service).filter(
          (span) => span.kind === SPAN_KIND.server && Math.floor((span.endMs - START_MS) / MS_PER_MINUTE) === minute,
        )
        expect(entries.length).toBeGreaterThanOrEqual(20)
      }
    }
  })

  it('say which commit was deployed', () => {
    const commits = (service: string) => [...new Set(of(service).map((span) => span.resource.commit))]
    expect(commits('checkout')).toEqual([releaseAt(DEMO_SCENARIO, 'checkout', 0).commit, 'bad5eed'])
    expect(commits('orders')).toEqual([releaseAt(DEMO_SCENARIO, 'orders', 0).commit])
  })

  it('keep the attributes that cost needs', () => {
    const lambda = of('checkout').find((span) => span.kind === SPAN_KIND.server)
    expect(lambda?.resource.attributes).toMatchObject({
      'cloud.platform': 'aws_lambda',
      'cloud.region': 'us-east-1',
      'faas.max_memory': 1_073_741_824,
      'host.arch': 'arm64',
    })
    const put = of('orders').find((span) => span.name === 'DynamoDB.PutItem')
    expect(put?.attributes['aws.dynamodb.consumed_capacity']).toEqual(['{"TableName":"orders","CapacityUnits":2}'])
    const model = of('checkout').find((span) => span.name.startsWith('chat '))
    expect(model?.attributes['gen_ai.usage.input_tokens']).toBeGreaterThanOrEqual(1_500)
    expect(model?.kind).toBe(SPAN_KIND.client)
  })

  it('are metered throughout, by the bundled prices and three own rates', () => {
    const rated = spans.map((span) => rateSpan(span, RATING))
    expect(rated.flatMap((one) => [...one.unmetered, ...one.assumed])).toEqual([])
    const skus = new Set(rated.flatMap((one) => one.usage.map((usage) => usage.sku)))
    expect([...skus].filter((sku) => !BOOK.lookup(sku, AT).found).sort()).toEqual([
      'rate/prod/shop/catalog/*',
      'rate/prod/shop/recommend/*',
      'rate/prod/shop/storefront/*',
    ])
  })

  it('make an order of the bad commit about 12 times as dear for checkout', () => {
    const perOrder = (commit: string) => {
      const ofCommit = of('checkout').filter((span) => span.resource.commit === commit)
      const orders = ofCommit.filter((span) => span.kind === SPAN_KIND.server)
      return Number(ofCommit.reduce((sum, span) => sum + listPrice(span), 0n)) / orders.length
    }
    const ratio = perOrder('bad5eed') / perOrder(releaseAt(DEMO_SCENARIO, 'checkout', 0).commit)
    expect(ratio).toBeGreaterThan(11)
    expect(ratio).toBeLessThan(13)
  })
})
