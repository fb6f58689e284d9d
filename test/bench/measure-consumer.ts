import { parseKafkaEvent } from '../../functions/attribute-spans/kafka-event.ts'
import { decodeRecord } from '../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { attributeSpansInMemory, BASE, byteFolderOfBench, MAX_DECLARED } from './consumer.ts'
import { type BenchEvent, type EventShape, mskEvent } from './msk-event.ts'

/**
 * Measures attribute-spans beside the platform's floor. Both take turns, so that whatever else the machine does meets both, and the lower
 * quartile of each counts: it holds what the collector and the kernel's pages cost, which the best turn, said too, is lucky to miss, and
 * not what a busy machine costs, which the median does.
 * Ratios are within one run. The consumer is a warm one: it has seen events of the same services before, as a container that lives for hours has.
 */

const MEBIBYTE = 2 ** 20

/** So often V8 has to see the code until it has compiled it for good. */
const WARM_UP_ROUNDS = 60

const VARIANTS: readonly (readonly [name: string, shape: Partial<EventShape>])[] = [
  ['50 services, 20 operations', {}],
  ['1 service', { services: 1 }],
  ['5 services', { services: 5 }],
  ['500 services', { services: 500 }],
  ['1 operation', { operations: 1 }],
  ['64 operations', { operations: 64 }],
  ['records of 250 spans', { spansPerRecord: 250 }],
  ['bare spans', { spans: 'bare' }],
  ['rich spans', { spans: 'rich' }],
  ['every meter', { spans: 'mixed' }],
]

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
    records.map(({ value, timestampMs }) => ({ value: Buffer.from(value ?? '', 'base64'), timestampMs })),
  )

async function measureShape(shape: EventShape, rounds: number) {
  const event = mskEvent(shape)
  const earlier = mskEvent({ ...shape, seed: shape.seed + 1 })
  const consumer = attributeSpansInMemory()
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    consumer.forget()
    await consumer.run(earlier)
  }
  const whole = await inTurns(rounds, {
    floor: () => floor(event),
    attributeSpans: () => {
      // each round books the event for the first time
      consumer.forget()
      return consumer.run(event)
    },
  })
  consumer.forget()
  const heap = await heapOf(consumer, event)
  // the stages by themselves, for which a function's process would have no second folder
  const values = valuesOf(event)
  const foldBytes = byteFolderOfBench()
  for (const { value, timestampMs } of valuesOf(earlier)) foldBytes(value, timestampMs)
  const alone = await inTurns(rounds, {
    floor: () => floor(event),
    decodeRateFold: () => values.forEach(({ value, timestampMs }) => void foldBytes(value, timestampMs)),
  })
  const { decode } = await inTurns(Math.ceil(rounds / 4), {
    decode: () => values.forEach(({ value, timestampMs }) => void decodeRecord(value, timestampMs, MAX_DECLARED)),
  })
  const perSpan = ({ quartile, best }: StageTimes): StageTimes => ({
    quartile: quartile / event.spans,
    best: best / event.spans,
  })
  return {
    event,
    floor: perSpan(whole.floor),
    attributeSpans: perSpan(whole.attributeSpans),
    floorBesideFold: perSpan(alone.floor),
    decodeRateFold: perSpan(alone.decodeRateFold),
    decode: perSpan(decode),
    heap,
  }
}

/** Of one stage, ns. */
interface StageTimes {
  readonly best: number
  readonly quartile: number
}

/** The times of stages that take turns. */
async function inTurns<Stage extends string>(
  rounds: number,
  stages: Readonly<Record<Stage, () => unknown>>,
): Promise<Record<Stage, StageTimes>> {
  const times = new Map<string, number[]>(Object.keys(stages).map((stage) => [stage, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [stage, run] of Object.entries<() => unknown>(stages)) {
      const startedNs = process.hrtime.bigint()
      await run()
      times.get(stage)?.push(Number(process.hrtime.bigint() - startedNs))
    }
  }
  return Object.fromEntries([...times].map(([stage, all]) => [stage, timesOf(all)])) as Record<Stage, StageTimes>
}

function timesOf(all: readonly number[]): StageTimes {
  const ascending = all.toSorted((a, b) => a - b)
  return { best: ascending[0] ?? Number.NaN, quartile: ascending[ascending.length >> 2] ?? Number.NaN }
}

/**
 * Bytes: what one event makes garbage of on the heap, and the most that is held at once, on the heap and in buffers beside it, the event
 * itself and all that a warm consumer has learnt included. Garbage is counted between collections, of which there are few while
 * an event is booked.
 */
async function heapOf(
  consumer: ReturnType<typeof attributeSpansInMemory>,
  event: BenchEvent,
): Promise<{ readonly allocatedPerSpan: number; readonly peak: number; readonly growth: number }> {
  // twice, because memory beside the heap is given back after the first
  globalThis.gc?.()
  await new Promise(setImmediate)
  globalThis.gc?.()
  let before = process.memoryUsage().heapUsed
  let allocated = 0
  let peak = 0
  const look = (): void => {
    const { heapUsed, external } = process.memoryUsage()
    allocated += Math.max(0, heapUsed - before)
    peak = Math.max(peak, heapUsed + external)
    before = heapUsed
  }
  look()
  const warm = peak
  await consumer.run(event, look)
  look()
  return { allocatedPerSpan: Math.round(allocated / event.spans), peak, growth: peak - warm }
}

const ratio = (a: number, b: number): number => Math.round((a / b) * 1000) / 1000
const perSecond = (nsPerSpan: number): number => Math.round(1e9 / nsPerSpan)
const mebibytes = (bytes: number): number => Math.round((bytes / MEBIBYTE) * 10) / 10

type MeasuredShape = Awaited<ReturnType<typeof measureShape>>

const summary = (name: string, { event, heap, ...ns }: MeasuredShape) => ({
  shape: name,
  bytesPerSpan: Math.round(event.bytesPerSpan),
  floorNs: Math.round(ns.floor.quartile),
  decodeRateFoldNs: Math.round(ns.decodeRateFold.quartile),
  attributeSpansNs: Math.round(ns.attributeSpans.quartile),
  decodeRateFoldToFloor: ratio(ns.floorBesideFold.quartile, ns.decodeRateFold.quartile),
  ratioToFloor: ratio(ns.floor.quartile, ns.attributeSpans.quartile),
  best: {
    floorNs: Math.round(ns.floor.best),
    decodeRateFoldNs: Math.round(ns.decodeRateFold.best),
    attributeSpansNs: Math.round(ns.attributeSpans.best),
    decodeRateFoldToFloor: ratio(ns.floorBesideFold.best, ns.decodeRateFold.best),
    ratioToFloor: ratio(ns.floor.best, ns.attributeSpans.best),
  },
  allocatedBytesPerSpan: heap.allocatedPerSpan,
  peakHeapMiB: mebibytes(heap.peak),
})

/** All shapes; the first is what the numbers above the table are of. */
export async function measureConsumer(rounds: number) {
  const measured = new Map<string, MeasuredShape>()
  for (const [name, shape] of VARIANTS) measured.set(name, await measureShape({ ...BASE, ...shape }, rounds))
  const of = (name: string): MeasuredShape => measured.get(name) as MeasuredShape
  const base = of('50 services, 20 operations')
  return {
    event: {
      spans: base.event.spans,
      bytesPerSpan: Math.round(base.event.bytesPerSpan),
      mebibytes: mebibytes(base.event.json.length),
    },
    floor: { spansPerSecond: perSecond(base.floor.quartile) },
    decode: {
      spansPerSecond: perSecond(base.decode.quartile),
      ratioToFloor: ratio(base.floorBesideFold.quartile, base.decode.quartile),
    },
    decodeRateFold: {
      spansPerSecond: perSecond(base.decodeRateFold.quartile),
      ratioToFloor: ratio(base.floorBesideFold.quartile, base.decodeRateFold.quartile),
    },
    attributeSpans: { spansPerSecond: perSecond(base.attributeSpans.quartile) },
    ratioToFloor: ratio(base.floor.quartile, base.attributeSpans.quartile),
    /** What the event adds to a warm consumer. */
    peakHeapMiB: mebibytes(base.heap.growth),
    heapMiBFor6MiBEvent: mebibytes(base.heap.peak),
    growth5To500Services: ratio(of('500 services').attributeSpans.quartile, of('5 services').attributeSpans.quartile),
    shapes: [...measured].map(([name, each]) => summary(name, each)),
  }
}

/** Folds the base event's records so many times; for counting instructions. Answers with the spans of one time. */
export function foldRepeatedly(times: number): number {
  const event = mskEvent(BASE)
  const foldBytes = byteFolderOfBench()
  const values = valuesOf(event)
  for (let i = 0; i < times; i += 1) for (const { value, timestampMs } of values) foldBytes(value, timestampMs)
  return event.spans
}
