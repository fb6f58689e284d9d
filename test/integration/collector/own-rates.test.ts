import { createServer, type Server } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { SpanKind } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rateSchema, ratingSchema } from '../../../layers/core/configuration.ts'
import { explainSpan } from '../../../layers/core/explain/explain-span.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'
import type { Span } from '../../../layers/core/otlp/span.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { type Planned, traceSpans } from '../../layers/edge/traced.ts'
import { SHIPPED } from './configuration.ts'
import { type ForwardingCollector, startForwardingCollector } from './forwarding-collector.ts'

const BUILD_MS = 900_000
const OWN_RATES = fileURLToPath(new URL('../../../deploy/collector-own-rates.yaml', import.meta.url))
/** The line of the file that people change. */
const RATE = rateSchema.parse({ service: 'prod/checkout', usdPerMs: '0.000001' })
const RULES = compileRating(ratingSchema.parse({}), [RATE])
const BOOK = createPriceBook(ownRates([RATE]), 'g1')

const bodies: Uint8Array[] = []
let behind: Server
let collector: ForwardingCollector
let exporter: OTLPTraceExporter

beforeAll(async () => {
  behind = createServer(async (request, response) => {
    bodies.push(await buffer(request))
    response.end('{}')
  })
  await new Promise<void>((listening) => behind.listen(0, '127.0.0.1', listening))
  const address = behind.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  collector = await startForwardingCollector([SHIPPED, OWN_RATES], `http://127.0.0.1:${address.port}`)
  exporter = new OTLPTraceExporter({ url: `${collector.otlpUrl}/v1/traces` })
}, BUILD_MS)

afterAll(async () => {
  await exporter?.shutdown()
  await collector?.close()
  behind?.closeAllConnections()
  behind?.close()
})

/** The spans of a service as they are behind the Collector. */
async function collected(planned: readonly Planned[], attributes: Record<string, string>): Promise<readonly Span[]> {
  bodies.length = 0
  const spans = traceSpans(planned, [], resourceFromAttributes(attributes))
  await new Promise<void>((sent, failed) =>
    exporter.export([...spans], ({ code, error }) => (code === 0 ? sent() : failed(error))),
  )
  const now = Date.now() as EpochMs
  const arrived = () => bodies.flatMap((body) => decodeRecord(body, now, parseUsd('100')).spans)
  await expect.poll(() => arrived().length, { timeout: 10_000 }).toBe(planned.length)
  return arrived()
}

const START = Date.now() - 10_000
const span = (kind: SpanKind, isRemote?: boolean, durationMs = 12.5, attributes = {}): Planned => ({
  kind,
  startMs: START,
  durationMs,
  attributes,
  ...(isRemote !== undefined && { parent: { isRemote } }),
})
const SPANS: readonly Planned[] = [
  span(SpanKind.SERVER),
  span(SpanKind.INTERNAL, undefined, 0.25),
  span(SpanKind.CONSUMER, true, 9_999.999),
  span(SpanKind.SERVER, true, 7),
  span(SpanKind.SERVER, false),
  span(SpanKind.INTERNAL, false),
  span(SpanKind.CLIENT, false),
  span(SpanKind.CLIENT, undefined, 5, { 'rpc.system': 'aws-api', 'rpc.service': 'SQS', 'rpc.method': 'SendMessage' }),
]

describe('deploy/collector-own-rates.yaml', () => {
  it('puts on entry spans what the ledger charges for them, to a double, and nothing on others', async () => {
    const service = { 'service.name': 'checkout', 'deployment.environment.name': 'prod' }
    const amounts = (await collected(SPANS, service)).map((one) => {
      const { charged, totalUsd } = explainSpan(one, RULES, BOOK, START as EpochMs)
      const said = one.attributes['cost.amount']
      return { said, ledger: charged && one.attributes['rpc.system'] === undefined ? Number(totalUsd) : undefined }
    })
    expect(amounts.filter(({ said }) => said !== undefined)).toHaveLength(4)
    for (const { said, ledger } of amounts) {
      if (ledger === undefined) expect(said).toBeUndefined()
      else expect(Math.abs(Number(said) - ledger)).toBeLessThan(1e-12)
    }
  })

  it('leaves other services alone', async () => {
    const spans = await collected(SPANS, { 'service.name': 'search', 'deployment.environment.name': 'prod' })
    expect(spans.filter(({ attributes }) => attributes['cost.amount'] !== undefined)).toEqual([])
  })
})
