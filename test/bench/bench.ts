import { attributeSpans } from '../../functions/attribute-spans/attribute-spans.ts'
import { parseKafkaEvent } from '../../functions/attribute-spans/kafka-event.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { foldRecord } from '../../layers/core/ledger/fold-record.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { inMemoryRows } from './in-memory-rows.ts'
import { type BenchEvent, mskEvent } from './msk-event.ts'

/** Prints spans a second through attribute-spans beside the platform's floor, as JSON. Ratios are within this run. */

const ROUNDS = 7
const NOW = Date.UTC(2026, 10, 24, 8, 30) as EpochMs
const MEBIBYTE = 2 ** 20

const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.0000001' }] })
const rating = compileRating(configuration.rating, configuration.rates)
const maxDeclared = parseUsd(configuration.rating.maxDeclaredUsd)
const times = { fetchedAt: NOW, validUntil: (NOW + 900_000) as EpochMs }
const book = createPriceBook([...snapshotPrices(['us-east-1'], times), ...ownRates(configuration.rates)], 'bench')

/** Spans a second: the best of several rounds, each over the whole event. */
async function spansPerSecond(spans: number, run: () => unknown): Promise<number> {
  await run()
  let best = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedNs = process.hrtime.bigint()
    await run()
    const elapsedNs = Number(process.hrtime.bigint() - startedNs)
    best = Math.max(best, (spans / elapsedNs) * 1e9)
  }
  return Math.round(best)
}

interface KafkaShape {
  readonly records: Record<string, readonly { readonly value: string }[]>
}

/** What every consumer pays: parsing the event's JSON and decoding its base64. */
function floor(event: BenchEvent): number {
  let bytes = 0
  const parsed = JSON.parse(event.json) as KafkaShape
  for (const records of Object.values(parsed.records)) {
    for (const record of records) bytes += Buffer.from(record.value, 'base64').length
  }
  return bytes
}

function attributeSpansInMemory() {
  const rows = inMemoryRows()
  const run = attributeSpans({
    now: () => NOW,
    rating,
    maxDeclared,
    topicEpoch: '1',
    readBook: async () => book,
    bookRow: (place, records) => rows.bookRow(place, records),
    keepDeadLetter: async () => {},
    registerService: async () => {},
    markOpen: async () => {},
    reportProgress: async () => [],
    closeWindows: async () => [],
    observe: (observation) => {
      if (observation.kind !== 'partition') throw new Error(JSON.stringify(observation))
    },
  })
  return { rows, run: (event: BenchEvent) => run(JSON.parse(event.json), () => false) }
}

async function peakHeapMiB(event: BenchEvent): Promise<number> {
  const { run } = attributeSpansInMemory()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let peak = before
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed)
  }, 1)
  await run(event)
  peak = Math.max(peak, process.memoryUsage().heapUsed)
  clearInterval(sampler)
  return Math.round((peak - before) / MEBIBYTE)
}

async function measure(services: number) {
  const event = mskEvent({ services, operations: 20, spansPerRecord: 500, maxBytes: 6 * 1_000_000, now: NOW })
  const values = parseKafkaEvent(JSON.parse(event.json)).flatMap(({ records }) => records)
  const decode = (): number =>
    values.reduce(
      (sum, { value, timestampMs }) =>
        sum + decodeRecord(value ?? new Uint8Array(), timestampMs, maxDeclared).spans.length,
      0,
    )
  const decodeRateFold = (): number =>
    values.reduce(
      (sum, { value, timestampMs }) =>
        sum + foldRecord(decodeRecord(value ?? new Uint8Array(), timestampMs, maxDeclared), rating).rows.length,
      0,
    )
  if (decode() !== event.spans) throw new Error(`decoded ${decode()} of ${event.spans} spans`)
  const floorRate = await spansPerSecond(event.spans, () => floor(event))
  const decodeRate = await spansPerSecond(event.spans, decode)
  const foldRate = await spansPerSecond(event.spans, decodeRateFold)
  // A ledger of its own each time: every round books the event for the first time.
  const handlerRate = await spansPerSecond(event.spans, () => attributeSpansInMemory().run(event))
  return { event, floorRate, decodeRate, foldRate, handlerRate }
}

const ratio = (a: number, b: number): number => Math.round((a / b) * 1000) / 1000

const { event, floorRate, decodeRate, foldRate, handlerRate } = await measure(50)
const result = {
  event: {
    spans: event.spans,
    bytesPerSpan: Math.round(event.bytesPerSpan),
    mebibytes: Math.round((event.json.length / MEBIBYTE) * 10) / 10,
  },
  floor: { spansPerSecond: floorRate },
  decode: { spansPerSecond: decodeRate, ratioToFloor: ratio(decodeRate, floorRate) },
  decodeRateFold: { spansPerSecond: foldRate, ratioToFloor: ratio(foldRate, floorRate) },
  attributeSpans: { spansPerSecond: handlerRate },
  ratioToFloor: ratio(handlerRate, floorRate),
  peakHeapMiB: await peakHeapMiB(event),
  node: process.version,
}
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
