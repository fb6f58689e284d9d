import { parseKafkaEvent } from '../../functions/attribute-spans/kafka-event.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { attributeSpansInMemory, BASE, byteFolderOfBench, MAX_DECLARED } from './consumer.ts'
import { targetsInUsd } from './cost-facts.ts'
import { type BenchEvent, type EventShape, mskEvent } from './msk-event.ts'

/**
 * Prints spans a second through attribute-spans beside the platform's floor, as JSON. The stages take turns, so that whatever else
 * the machine does meets all of them, and each stage's best turn counts. Ratios are within this run. The consumer is a warm
 * one: it has seen another event of the same services before, as a container that lives for hours has.
 */

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20)
const MEBIBYTE = 2 ** 20

interface Measured {
  readonly event: BenchEvent
  /** Spans a second by stage. */
  readonly floor: number
  readonly decode: number
  readonly decodeRateFold: number
  readonly attributeSpans: number
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

interface Value {
  readonly value: Uint8Array
  readonly timestampMs: EpochMs
}

const valuesOf = (event: BenchEvent): readonly Value[] =>
  parseKafkaEvent(JSON.parse(event.json)).flatMap(({ records }) =>
    records.map(({ value, timestampMs }) => ({ value: value ?? new Uint8Array(), timestampMs })),
  )

async function measure(shape: EventShape): Promise<Measured> {
  const earlier = mskEvent({ ...shape, seed: shape.seed + 1 })
  const event = mskEvent(shape)
  const values = valuesOf(event)
  const foldBytes = byteFolderOfBench()
  const consumer = attributeSpansInMemory()
  const stages = {
    floor: () => floor(event),
    decode: () => values.forEach(({ value, timestampMs }) => void decodeRecord(value, timestampMs, MAX_DECLARED)),
    decodeRateFold: () => values.forEach(({ value, timestampMs }) => void foldBytes(value, timestampMs)),
    attributeSpans: () => consumer.run(event),
  }
  for (const { value, timestampMs } of valuesOf(earlier)) foldBytes(value, timestampMs)
  await consumer.run(earlier)
  const best = { floor: 0, decode: 0, decodeRateFold: 0, attributeSpans: 0 }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [stage, run] of Object.entries(stages)) {
      // each round books the event for the first time
      consumer.forget()
      const startedNs = process.hrtime.bigint()
      await run()
      const rate = (event.spans / Number(process.hrtime.bigint() - startedNs)) * 1e9
      best[stage as keyof typeof best] = Math.max(best[stage as keyof typeof best], rate)
    }
  }
  return { event, ...best }
}

/** The most heap (and bytes beside it) that one event takes, the event itself and all that a warm consumer has learnt included. */
async function peakHeapMiB(event: BenchEvent): Promise<{ readonly growth: number; readonly whole: number }> {
  const consumer = attributeSpansInMemory()
  await consumer.run(event)
  consumer.forget()
  globalThis.gc?.()
  const used = (): number => process.memoryUsage().heapUsed
  const before = used()
  let peak = before
  const look = (): void => {
    peak = Math.max(peak, used())
  }
  await consumer.run(event, look)
  look()
  return { growth: Math.round((peak - before) / MEBIBYTE), whole: Math.round(peak / MEBIBYTE) }
}

const ratio = (a: number, b: number): number => Math.round((a / b) * 1000) / 1000
const nsPerSpan = (rate: number): number => Math.round(1e9 / rate)

function summary(name: string, { event, ...rates }: Measured) {
  return {
    shape: name,
    bytesPerSpan: Math.round(event.bytesPerSpan),
    floorNs: nsPerSpan(rates.floor),
    decodeRateFoldNs: nsPerSpan(rates.decodeRateFold),
    attributeSpansNs: nsPerSpan(rates.attributeSpans),
    decodeRateFoldToFloor: ratio(rates.decodeRateFold, rates.floor),
    ratioToFloor: ratio(rates.attributeSpans, rates.floor),
  }
}

const base = await measure(BASE)
const variants: readonly (readonly [name: string, shape: Partial<EventShape>])[] = [
  ['1 service', { services: 1 }],
  ['5 services', { services: 5 }],
  ['500 services', { services: 500 }],
  ['1 operation', { operations: 1 }],
  ['64 operations', { operations: 64 }],
  ['bare spans', { spans: 'bare' }],
  ['rich spans', { spans: 'rich' }],
  ['every meter', { spans: 'mixed' }],
]
const measured = new Map<string, Measured>([['50 services, 20 operations', base]])
for (const [name, shape] of variants) measured.set(name, await measure({ ...BASE, ...shape }))

const ofServices = (count: number): number => 1e9 / (measured.get(`${count} services`) as Measured).attributeSpans
const heap = await peakHeapMiB(base.event)
const usd = await targetsInUsd(1e9 / base.attributeSpans)
const result = {
  event: {
    spans: base.event.spans,
    bytesPerSpan: Math.round(base.event.bytesPerSpan),
    mebibytes: Math.round((base.event.json.length / MEBIBYTE) * 10) / 10,
  },
  floor: { spansPerSecond: Math.round(base.floor) },
  decode: { spansPerSecond: Math.round(base.decode), ratioToFloor: ratio(base.decode, base.floor) },
  decodeRateFold: {
    spansPerSecond: Math.round(base.decodeRateFold),
    ratioToFloor: ratio(base.decodeRateFold, base.floor),
  },
  attributeSpans: { spansPerSecond: Math.round(base.attributeSpans) },
  ratioToFloor: ratio(base.attributeSpans, base.floor),
  peakHeapMiB: heap.growth,
  heapMiBFor6MiBEvent: heap.whole,
  growth5To500Services: ratio(ofServices(500), ofServices(5)),
  /** DynamoDB and Lambda, at 50 services on tables as they are deployed; docs/cost.md has the rest. */
  usdPerMillionSpans: usd[0]?.usd,
  usdPerMillionSpansOf: usd,
  shapes: [...measured].map(([name, each]) => summary(name, each)),
  node: process.version,
}
/** `--all`: on real engines too, which takes some four minutes, Java and Go. */
const engines = process.argv.includes('--all') ? await (await import('./engines.ts')).benchOnEngines() : {}
process.stdout.write(`${JSON.stringify({ ...result, ...engines }, null, 2)}\n`)
