import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AttributeSpansPorts,
  attributeSpans,
  type Observation,
} from '../../../functions/attribute-spans/attribute-spans.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { DeadLetter } from '../../../layers/core/ledger/dead-letter.ts'
import { formatOrigin, ORIGIN_HEADER, type Origin } from '../../../layers/core/ledger/origin.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const HOUR = hourOf(NOW)
const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })

let opened: Opened
let client: DynamoDBClient

beforeAll(async () => {
  opened = await openStandIn()
  client = opened.client
})

afterAll(() => opened.close())

interface Consumer {
  readonly run: ReturnType<typeof attributeSpans>
  readonly letters: DeadLetter[]
  readonly observations: Observation[]
}

/** A consumer that has just started: nothing cached. `changes` replace ports. */
function consumer(changes: Partial<AttributeSpansPorts> = {}): Consumer {
  const letters: DeadLetter[] = []
  const observations: Observation[] = []
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90)
  const budgets = connectBudgets(client, LOCAL_TABLES.BUDGETS_TABLE)
  const run = attributeSpans({
    now: () => NOW,
    rating: compileRating(configuration.rating, configuration.rates),
    maxDeclared: parseUsd('100'),
    topicEpoch: '1',
    readBook: async () => createPriceBook(ownRates(configuration.rates), 'test'),
    bookRow: ledger.bookRow,
    keepDeadLetter: async (letter) => void letters.push(letter),
    registerService: budgets.registerService,
    markOpen: budgets.markOpen,
    reportProgress: budgets.reportProgress,
    closeWindows: async () => [],
    observe: (observation) => observations.push(observation),
    ...changes,
  })
  return { run, letters, observations }
}

const onTime = (): boolean => false

/** One export request of a service: a root span for each of `ms`, of that duration. */
function request(service: string, ms: readonly number[], path = '/x'): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            spans: ms.map((duration, i) => ({
              traceId: `${i + 1}`.padStart(32, '0'),
              spanId: `${i + 1}`.padStart(16, '0'),
              name: 'GET',
              kind: 2,
              startTimeUnixNano: `${BigInt(NOW - 60_000 - duration) * 1_000_000n}`,
              endTimeUnixNano: `${BigInt(NOW - 60_000) * 1_000_000n}`,
              attributes: [
                { key: 'http.request.method', value: { stringValue: 'GET' } },
                { key: 'url.path', value: { stringValue: path } },
              ],
            })),
          },
        ],
      },
    ],
  })
}

type Records = readonly {
  readonly partition: number
  readonly offset: number
  readonly value: string
  /** Of a redriven record. */
  readonly origin?: Origin
}[]

function event(records: Records) {
  const byPartition: Record<string, unknown[]> = {}
  for (const { partition, offset, value, origin } of records) {
    byPartition[`spans-${partition}`] ??= []
    byPartition[`spans-${partition}`]?.push({
      topic: 'spans',
      partition,
      offset,
      timestamp: NOW,
      timestampType: 'CREATE_TIME',
      value: Buffer.from(value).toString('base64'),
      headers: origin === undefined ? [] : [{ [ORIGIN_HEADER]: [...Buffer.from(formatOrigin(origin))] }],
    })
  }
  return { eventSource: 'aws:kafka', eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u', records: byPartition }
}

async function spentBy(service: string): Promise<{ readonly usd: bigint; readonly spans: number }> {
  const { rows } = await connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours(service, [HOUR])
  const usd = rows.flatMap((row) => row.minutes).reduce((sum, { cost }) => sum + cost, 0n)
  const spans = rows.flatMap((row) => row.outcomes).reduce((sum, outcome) => sum + outcome.spans, 0)
  return { usd, spans }
}

const MICRODOLLAR = 1_000_000n

describe('attribute-spans', () => {
  it('books what its spans cost under service, commit and operation, and says nothing failed', async () => {
    const { run, observations } = consumer()
    const records = [{ partition: 0, offset: 1, value: request('plain', [10, 20, 30], '/users/7') }]
    expect(await run(event(records), onTime)).toEqual({ batchItemFailures: [] })
    const { rows } = await connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours('plain', [HOUR])
    expect(rows[0]).toMatchObject({
      commit: 'unknown',
      minutes: [{ minute: 29, cost: 60n * MICRODOLLAR, entryRequests: 3 }],
      operations: [{ operation: 'GET /users/*', cost: 60n * MICRODOLLAR, spans: 3 }],
      outcomes: [{ outcome: 'booked', spans: 3 }],
    })
    expect(observations).toEqual([
      {
        ...{ kind: 'partition', records: 1, spans: 3, rows: 2, fenced: 0, deadLetters: 0, drift: 0 },
        outcomes: { counted: 3, booked: 3, parked: 0, unmetered: 0 },
      },
    ])
  })

  it('ends with the same digits when batches are cut anywhere, repeated, and crash between any two writes', async () => {
    const stream = Array.from({ length: 12 }, (_, i) => [
      { partition: i % 3, offset: 10 + i, value: request('fuzzed-a', [i + 1], `/a/${i}/b`) },
      { partition: i % 3, offset: 30 + i, value: request('fuzzed-b', [2 * i + 1, 3]) },
    ]).flat()
    const faults = fc.array(
      fc.record({ from: fc.nat(23), size: fc.integer({ min: 1, max: 24 }), writesBeforeCrash: fc.nat(8) }),
      { minLength: 1, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(faults, fc.uuid(), async (deliveries, run) => {
        const records = stream.map((one) => ({ ...one, value: one.value.replaceAll('fuzzed', `fuzzed-${run}`) }))
        for (const partition of [0, 1, 2]) {
          const own = records.filter((one) => one.partition === partition).sort((a, b) => a.offset - b.offset)
          let upTo = 0
          for (const { from, size, writesBeforeCrash } of deliveries) {
            const first = from % (upTo + 1)
            const batch = own.slice(first, first + size)
            if (batch.length > 0) await crashingConsumer(writesBeforeCrash).run(event(batch), onTime)
            upTo = Math.max(upTo, first)
          }
          await consumer().run(event(own), onTime)
        }
        expect(await spentBy(`fuzzed-${run}-a`)).toEqual({ usd: 78n * MICRODOLLAR, spans: 12 })
        expect(await spentBy(`fuzzed-${run}-b`)).toEqual({ usd: 180n * MICRODOLLAR, spans: 24 })
      }),
      { numRuns: 12 },
    )
  })

  it('hands back a partition from its lowest unwritten offset, and books the others', async () => {
    const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90)
    const { run } = consumer({
      bookRow: (place, records) =>
        place.row.endsWith('.5') ? Promise.reject(new Error('throttled')) : ledger.bookRow(place, records),
    })
    const records = [
      { partition: 4, offset: 7, value: request('healthy', [5]) },
      { partition: 5, offset: 21, value: request('throttled', [5]) },
      { partition: 5, offset: 22, value: request('throttled', [5]) },
    ]
    expect(await run(event(records), onTime)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'spans-5', offset: 21 } }],
    })
    expect((await spentBy('healthy')).usd).toBe(5n * MICRODOLLAR)
    await consumer().run(event(records), onTime)
    expect((await spentBy('throttled')).usd).toBe(10n * MICRODOLLAR)
    expect((await spentBy('healthy')).usd).toBe(5n * MICRODOLLAR)
  })

  it('hands back what it has no time for, and loses none of it', async () => {
    const records = [{ partition: 6, offset: 3, value: request('late', [9]) }]
    expect(await consumer().run(event(records), () => true)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'spans-6', offset: 3 } }],
    })
    await consumer().run(event(records), onTime)
    expect((await spentBy('late')).usd).toBe(9n * MICRODOLLAR)
  })

  it('does not stop at a record without a timestamp: its spans are kept as of no possible time', async () => {
    const { run, letters } = consumer()
    const given = event([
      { partition: 19, offset: 1, value: request('timeless', [4]) },
      { partition: 19, offset: 2, value: request('timely', [6]) },
    ])
    Object.assign(given.records['spans-19']?.[0] ?? {}, { timestamp: -1, timestampType: 'NO_TIMESTAMP_TYPE' })
    expect(await run(given, onTime)).toEqual({ batchItemFailures: [] })
    expect(letters).toMatchObject([{ offset: 1, reason: 'impossible_time', spans: 1 }])
    expect((await spentBy('timely')).usd).toBe(6n * MICRODOLLAR)
  })

  it('keeps each dead record as it came, though values follow each other through the same memory', async () => {
    const { run, letters } = consumer()
    const values = ['no spans at all', 'nor here', 'and the last, longer than all of those before']
    const redriven = { shard: 'k3f9.3', timestampMs: NOW, reason: 'undecodable', part: 0, attempt: 1 } as const
    const records = values.map((value, offset) => ({ partition: 8, offset, value }))
    const again = records.map((record) => ({
      ...record,
      offset: record.offset + 9,
      origin: { ...redriven, offset: record.offset },
    }))
    await run(event([...records, ...again]), onTime)
    expect(letters.map(({ bodies }) => bodies.map((body) => Buffer.from(body).toString()))).toEqual(
      [...values, ...values].map((value) => [value]),
    )
    expect(letters.filter(({ origin }) => origin !== undefined)).toHaveLength(3)
  })

  it('keeps a poison record with its reason and coordinates, and books its neighbours', async () => {
    const { run, letters } = consumer()
    const records = [
      { partition: 7, offset: 1, value: request('neighbour', [4]) },
      { partition: 7, offset: 2, value: '\u0000\u0001 no spans at all' },
      { partition: 7, offset: 3, value: request('neighbour', [6]) },
    ]
    expect(await run(event(records), onTime)).toEqual({ batchItemFailures: [] })
    expect(letters).toHaveLength(1)
    expect(letters[0]).toMatchObject({ topic: 'spans', partition: 7, offset: 2, spans: 1 })
    expect((await spentBy('neighbour')).usd).toBe(10n * MICRODOLLAR)
  })

  it('does not acknowledge a record that it could neither book nor keep', async () => {
    const { run } = consumer({ keepDeadLetter: () => Promise.reject(new Error('no bucket')) })
    const records = [
      { partition: 8, offset: 1, value: request('before', [4]) },
      { partition: 8, offset: 2, value: 'poison' },
    ]
    expect(await run(event(records), onTime)).toEqual({
      batchItemFailures: [{ itemIdentifier: { partition: 'spans-8', offset: 2 } }],
    })
    expect((await spentBy('before')).usd).toBe(4n * MICRODOLLAR)
  })

  it('rates a span itself whatever cost it declares, and tells how far the two are apart', async () => {
    const { run, observations } = consumer()
    const declaring = request('edge', [10, 20]).replaceAll(
      '"attributes":[{"key":"http.request.method"',
      '"attributes":[{"key":"cost.amount","value":{"doubleValue":0.000016}},{"key":"http.request.method"',
    )
    await run(event([{ partition: 10, offset: 1, value: declaring }]), onTime)
    expect((await spentBy('edge')).usd).toBe(30n * MICRODOLLAR)
    expect(observations).toContainEqual({
      kind: 'edge-drift',
      spans: 2,
      declared: 32n * MICRODOLLAR,
      rated: 30n * MICRODOLLAR,
    })
  })

  it('closes windows only after its rows are written, and does not ask for the batch again when a close fails', async () => {
    const { run, observations } = consumer({ closeWindows: () => Promise.reject(new Error('no budgets')) })
    const records = [{ partition: 9, offset: 1, value: request('closing', [4]) }]
    expect(await run(event(records), onTime)).toEqual({ batchItemFailures: [] })
    expect(observations.at(-1)).toMatchObject({ kind: 'failed', what: 'close' })
    expect((await spentBy('closing')).usd).toBe(4n * MICRODOLLAR)
  })
})

/** A consumer whose writes stop after so many: as a crash leaves the tables. */
function crashingConsumer(writesBeforeCrash: number): Consumer {
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90)
  let writes = 0
  return consumer({
    bookRow: (place, records) => {
      writes += 1
      return writes > writesBeforeCrash ? Promise.reject(new Error('crashed')) : ledger.bookRow(place, records)
    },
  })
}
