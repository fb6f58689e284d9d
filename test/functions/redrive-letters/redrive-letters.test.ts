import { S3Client } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attributeSpans } from '../../../functions/attribute-spans/attribute-spans.ts'
import { redriveLetters } from '../../../functions/redrive-letters/redrive-letters.ts'
import {
  connectDeadLetters,
  type DeadLettersBucket,
  type LetterSelection,
} from '../../../layers/adapters/dead-letters-bucket.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { type DeadLetter, redrivenParts } from '../../../layers/core/ledger/dead-letter.ts'
import { formatOrigin, ORIGIN_HEADER } from '../../../layers/core/ledger/origin.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { DEAD_REASONS, type DeadReason } from '../../../layers/core/otlp/span.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import { type EpochMs, hourOf, MS_PER_HOUR } from '../../../layers/core/time/instants.ts'
import { type Bucket, startBucket } from '../../../local/bucket.ts'
import { type ModelledTable, modelledTable, type Passage } from '../../layers/adapters/modelled-table.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const MICRODOLLAR = 1_000_000n
const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })
const ALL: LetterSelection = { reasons: DEAD_REASONS, from: 0 as EpochMs, to: (NOW + MS_PER_HOUR) as EpochMs }

let bucket: Bucket
let s3: S3Client
let buckets = 0

beforeAll(async () => {
  bucket = await startBucket()
  s3 = new S3Client({
    endpoint: bucket.endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
})

afterAll(async () => {
  s3.destroy()
  await bucket.close()
})

const freshBucket = (): DeadLettersBucket => connectDeadLetters(s3, `letters-${++buckets}`)

/** An export request of one span of so many ms; `traceId` of a wrong length makes it die. */
function request(ms: number, traceId = 'a'.repeat(32), service = 'redriven'): Buffer {
  return Buffer.from(
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
          scopeSpans: [{ spans: [span(ms, traceId)] }],
        },
      ],
    }),
  )
}

const span = (ms: number, traceId: string) => ({
  ...{ traceId, spanId: 'b'.repeat(16), name: 'work', kind: 2 },
  startTimeUnixNano: `${BigInt(NOW - 60_000 - ms) * 1_000_000n}`,
  endTimeUnixNano: `${BigInt(NOW - 60_000) * 1_000_000n}`,
})

/** A letter whose bodies a mended Tollgate can book. */
const letterOf = (offset: number, costs: readonly number[], reason: DeadReason = 'malformed_span'): DeadLetter => ({
  ...{ topic: 'spans', partition: 3, shard: 'k3f9.3', timestampMs: NOW, offset, reason, spans: costs.length },
  details: costs.map(() => 'was wrong'),
  bodies: costs.map((ms) => request(ms)),
})

interface Produced {
  readonly value: Uint8Array
  readonly origin: string
}

function event(partition: number, firstOffset: number, records: readonly Produced[]) {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u',
    records: {
      [`spans-${partition}`]: records.map(({ value, origin }, index) => ({
        ...{ topic: 'spans', partition, offset: firstOffset + index, timestamp: NOW },
        value: Buffer.from(value).toString('base64'),
        headers: [{ other: [1] }, { [ORIGIN_HEADER]: [...Buffer.from(origin)] }],
      })),
    },
  }
}

const direct: Passage = async (_, apply) => apply()

function consumer(table: ModelledTable, letters: DeadLettersBucket, passage = direct) {
  return attributeSpans({
    now: () => NOW,
    rating: compileRating(configuration.rating, configuration.rates),
    maxDeclared: parseUsd('100'),
    topicEpoch: '1',
    readBook: async () => createPriceBook(ownRates(configuration.rates), 'test'),
    bookRow: connectLedger(table.clientThrough(passage), 'ledger', 90).bookRow,
    keepDeadLetter: letters.keep,
    registerService: async () => {},
    markOpen: async () => [],
    reportProgress: async () => [],
    closeWindows: async () => [],
    observe: () => {},
  })
}

async function spent(table: ModelledTable): Promise<bigint> {
  const { rows } = await connectLedger(table.clientThrough(direct), 'ledger', 90).readHours('redriven', [hourOf(NOW)])
  return rows.flatMap(({ minutes }) => minutes).reduce((sum, { cost }) => sum + cost, 0n) / MICRODOLLAR
}

async function namesIn(letters: DeadLettersBucket): Promise<string[]> {
  const names = []
  for await (const name of letters.find(ALL)) names.push(name)
  return names
}

/** A topic as a list; redriving into it, perhaps with a crash. */
function topic(letters: DeadLettersBucket, crashAfter = Number.POSITIVE_INFINITY) {
  const produced: Produced[] = []
  const run = (selection = ALL, isRehearsal = false) =>
    redriveLetters(
      {
        now: () => NOW,
        letters,
        produce: async (value, { headers }) => {
          if (produced.length >= crashAfter) throw new Error('crashed')
          produced.push({ value, origin: Buffer.from(headers[0]?.[1] ?? []).toString() })
        },
        progress: () => {},
      },
      selection,
      isRehearsal,
    )
  return { produced, run }
}

describe('a redrive', () => {
  it('produces every body with its origin, puts the letters aside, and finds nothing the second time', async () => {
    const letters = freshBucket()
    await letters.keep(letterOf(7, [1, 2]))
    await letters.keep(letterOf(8, [4], 'truncated'))
    const { produced, run } = topic(letters)
    expect(await run()).toEqual({ letters: 2, records: 3, spans: 3, byReason: { malformed_span: 2, truncated: 1 } })
    expect(produced.map(({ origin }) => origin).sort()).toEqual([
      `k3f9.3 7 ${NOW} malformed_span 0 1`,
      `k3f9.3 7 ${NOW} malformed_span 1 1`,
      `k3f9.3 8 ${NOW} truncated 0 1`,
    ])
    expect(await run()).toMatchObject({ letters: 0 })
  })

  it('takes the reasons and the time that are asked for, and no others', async () => {
    const letters = freshBucket()
    const at = (offset: number, ago: number, reason: DeadReason) => ({
      ...letterOf(offset, [1], reason),
      timestampMs: (NOW - ago * MS_PER_HOUR) as EpochMs,
    })
    await letters.keep(at(1, 0, 'truncated'))
    await letters.keep(at(2, 20, 'truncated'))
    await letters.keep(at(3, 50, 'truncated'))
    await letters.keep(at(4, 20, 'malformed'))
    const { produced, run } = topic(letters)
    const selection = { reasons: ['truncated' as const], from: (NOW - 30 * MS_PER_HOUR) as EpochMs, to: NOW }
    expect(await run(selection)).toMatchObject({ letters: 1 })
    expect(produced[0]?.origin).toContain('k3f9.3 2 ')
    expect(await namesIn(letters)).toHaveLength(3)
  })

  it('only counts in a rehearsal', async () => {
    const letters = freshBucket()
    await letters.keep(letterOf(7, [1, 2]))
    const { produced, run } = topic(letters)
    expect(await run(ALL, true)).toMatchObject({ letters: 1, records: 2, spans: 2 })
    expect(produced).toEqual([])
    expect(await namesIn(letters)).toHaveLength(1)
  })

  it('loses nothing and books nothing twice when it crashes anywhere and is run again', async () => {
    for (let crashAfter = 0; crashAfter < 6; crashAfter += 1) {
      const letters = freshBucket()
      const table = modelledTable()
      for (const [offset, costs] of [[1, 2], [4], [8, 16, 32]].entries()) await letters.keep(letterOf(offset, costs))
      const first = topic(letters, crashAfter)
      await expect(first.run()).rejects.toThrow('crashed')
      const second = topic(letters)
      await second.run()
      await consumer(table, letters)(event(0, 100, first.produced), () => false)
      await consumer(table, letters)(event(1, 7, second.produced), () => false)
      expect(await spent(table)).toBe(63n)
      expect(await namesIn(letters)).toEqual([])
    }
  })
})

describe('redriven records', () => {
  const parts = [[1, 2], [4], [8, 16, 32]].flatMap((costs, offset) => redrivenParts(letterOf(100 + offset, costs)))
  const produced = parts.map(({ body, origin }) => ({ value: body, origin: formatOrigin(origin) }))
  const costOf = (part: number): bigint => 2n ** BigInt(part)

  it('are booked once each: any subset, in any order, any number of times, over any partitions and crashes', async () => {
    const delivery = fc.record({
      partition: fc.nat(2),
      parts: fc.array(fc.nat(parts.length - 1), { minLength: 1, maxLength: 8 }),
      writesBeforeCrash: fc.option(fc.nat(6), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 6 }), async (deliveries) => {
        const table = modelledTable()
        const letters = freshBucket()
        let offset = 0
        for (const { partition, parts: chosen, writesBeforeCrash } of deliveries) {
          const batch = event(
            partition,
            offset,
            chosen.map((part) => produced[part] as Produced),
          )
          offset += chosen.length
          if (writesBeforeCrash !== undefined) {
            await consumer(table, letters, crashingAfter(writesBeforeCrash))(batch, () => false)
          }
          expect(await consumer(table, letters)(batch, () => false)).toEqual({ batchItemFailures: [] })
        }
        const delivered = new Set(deliveries.flatMap((one) => one.parts))
        expect(await spent(table)).toBe([...delivered].reduce((sum, part) => sum + costOf(part), 0n))
      }),
      { numRuns: 30 },
    )
  })

  it('hand back the offset that they came with, where they could not be booked', async () => {
    const failing = consumer(modelledTable(), freshBucket(), crashingAfter(0))
    expect(await failing(event(4, 900, produced.slice(0, 1)), () => false)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'spans-4', offset: 900 } }],
    })
  })

  it('that die again are kept whole under their origin, one letter for all copies, and booked once when mended', async () => {
    const table = modelledTable()
    const letters = freshBucket()
    await letters.keep({ ...letterOf(7, [1]), bodies: [twoSpans('short')] })
    const first = topic(letters)
    await first.run()
    await consumer(table, letters)(event(0, 50, [...first.produced, ...first.produced]), () => false)
    await consumer(table, letters)(event(1, 50, first.produced), () => false)
    expect(await spent(table)).toBe(0n)
    expect(await namesIn(letters)).toEqual(['invalid_trace_id/2026-11-23/k3f9.3r7.malformed_span.0/00001.json'])
    const second = topic(letters)
    await second.run()
    // What a mended decoder makes of the copies of both redrives.
    const mended = [...first.produced, ...second.produced].map((one) => ({ ...one, value: twoSpans('c'.repeat(32)) }))
    await consumer(table, letters)(event(2, 50, mended), () => false)
    expect(await spent(table)).toBe(3n)
    expect(await namesIn(letters)).toEqual([])
  })
})

/** A request of two spans of 1 and 2 ms, the second with this trace id. */
function twoSpans(traceId: string): Buffer {
  const one = JSON.parse(request(1).toString())
  one.resourceSpans[0].scopeSpans[0].spans.push(span(2, traceId))
  return Buffer.from(JSON.stringify(one))
}

function crashingAfter(writes: number): Passage {
  let left = writes
  return async ({ name }, apply) => {
    if (name === 'UpdateItem' && left-- <= 0) throw new Error('crashed')
    return apply()
  }
}
