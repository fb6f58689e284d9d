import { describe, expect, it } from 'vitest'
import { type AttributeSpansPorts, attributeSpans } from '../../../functions/attribute-spans/attribute-spans.ts'
import { connectParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { type CounterKey, MAX_SKUS, parkedCounter, waitingCounter } from '../../../layers/core/ledger/counters.ts'
import type { DeadLetter } from '../../../layers/core/ledger/dead-letter.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { LedgerRow, ParkedRow } from '../../../layers/core/ledger/row.ts'
import { ledgerRowPlace, parkedRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, type Hour, hourOf, MS_PER_HOUR, MS_PER_MINUTE } from '../../../layers/core/time/instants.ts'
import type { PartitionReport } from '../../../layers/core/windows/progress.ts'
import { type ModelledTable, modelledTable, type Passage } from '../../layers/adapters/modelled-table.ts'
import { priceOf } from '../../layers/core/prices/prices.ts'
import { assertItemsFit, assertWithinLimits } from './dynamodb-limits.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const MICRODOLLAR = 1_000_000n
const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })
const pricedBook = createPriceBook(ownRates(configuration.rates), 'test')
const emptyBook = createPriceBook([], 'empty')

/** Every request is within DynamoDB's limits, or the test fails. */
const direct: Passage = async (request, apply) => {
  assertWithinLimits(request)
  return apply()
}

/** A consumer that has just started, writing to the table through `passage`. */
function consumer(table: ModelledTable, passage = direct, changes: Partial<AttributeSpansPorts> = {}) {
  return attributeSpans({
    now: () => NOW,
    rating: compileRating(configuration.rating, configuration.rates),
    maxDeclared: parseUsd('100'),
    topicEpoch: '1',
    readBook: async () => pricedBook,
    bookRow: connectLedger(table.clientThrough(passage), 'ledger', 90).bookRow,
    keepDeadLetter: () => Promise.reject(new Error('nothing here is dead')),
    registerService: async () => {},
    markOpen: async () => [],
    reportProgress: async () => [],
    closeWindows: async () => [],
    observe: () => {},
    ...changes,
  })
}

interface SpanShape {
  readonly service: string
  readonly version: string
  readonly endMs: number
  readonly path?: string
  /** A model call of that model instead of a request. */
  readonly model?: string
}

/** One export request, a resource a span; each request span takes 1 ms, which costs a microdollar. */
function request(spans: readonly SpanShape[]): string {
  return JSON.stringify({
    resourceSpans: spans.map(({ service, version, endMs, path = '/x', model }, index) => ({
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: service } },
          { key: 'service.version', value: { stringValue: version } },
        ],
      },
      scopeSpans: [
        {
          spans: [
            {
              traceId: `${index + 1}`.padStart(32, '0'),
              spanId: `${index + 1}`.padStart(16, '0'),
              name: 'GET',
              kind: model === undefined ? 2 : 3,
              ...(model === undefined ? {} : { parentSpanId: 'aaaaaaaaaaaaaaaa' }),
              startTimeUnixNano: `${BigInt(endMs - 1) * 1_000_000n}`,
              endTimeUnixNano: `${BigInt(endMs) * 1_000_000n}`,
              attributes:
                model === undefined
                  ? [
                      { key: 'http.request.method', value: { stringValue: 'GET' } },
                      { key: 'url.path', value: { stringValue: path } },
                    ]
                  : [
                      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
                      { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
                      { key: 'gen_ai.request.model', value: { stringValue: model } },
                      { key: 'gen_ai.usage.input_tokens', value: { intValue: '7' } },
                      { key: 'gen_ai.usage.output_tokens', value: { intValue: '3' } },
                    ],
            },
          ],
        },
      ],
    })),
  })
}

function event(values: readonly string[], timestamp: number = NOW) {
  const records = values.map((value, offset) => ({
    topic: 'spans',
    partition: 0,
    offset,
    timestamp,
    value: Buffer.from(value).toString('base64'),
    headers: [],
  }))
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u',
    records: { 'spans-0': records },
  }
}

const onTime = (): boolean => false
const allBooked = { batchItemFailures: [] }

/** All rows of these services and hours. */
async function read(table: ModelledTable, services: Iterable<string>, hours: readonly Hour[]) {
  const ledger = connectLedger(
    table.clientThrough(async (_, apply) => apply()),
    'ledger',
    90,
  )
  const rows: LedgerRow[] = []
  const parked: ParkedRow[] = []
  for (const service of services) {
    const found = await ledger.readHours(service, hours)
    rows.push(...found.rows)
    parked.push(...found.parked)
  }
  return { rows, parked }
}

const costOfRows = (rows: readonly LedgerRow[]): bigint =>
  rows.flatMap(({ minutes }) => minutes).reduce((sum, { cost }) => sum + cost, 0n)
const spansOf = (rows: readonly LedgerRow[]): number =>
  rows.flatMap(({ outcomes }) => outcomes).reduce((sum, { spans }) => sum + spans, 0)

/** 12,000 rows in one event take seconds, on a busy machine many. */
describe('attribute-spans under the most that may come', { timeout: 120_000 }, () => {
  it('books 500 services, 8 commits and 3 hours of each in one event, and what is beyond under *', async () => {
    const table = modelledTable()
    const services = Array.from({ length: 503 }, (_, i) => `service-${i}`)
    const hours = [0, 1, 2].map((ago) => NOW - ago * MS_PER_HOUR)
    const spans = services.flatMap((service) =>
      Array.from({ length: 9 }, (_, i) => `commit-${i}`).flatMap((version) =>
        hours.map((endMs) => ({ service, version, endMs })),
      ),
    )
    expect(await consumer(table)(event([request(spans)]), onTime)).toEqual(allBooked)
    const all = hours.map((at) => hourOf(at as EpochMs))
    const { rows } = await read(table, [...services, '*'], all)
    expect(costOfRows(rows)).toBe(BigInt(spans.length) * MICRODOLLAR)
    expect(new Set(rows.map(({ service }) => service)).size).toBe(501)
    expect(new Set(rows.filter(({ service }) => service === 'service-7').map(({ commit }) => commit)).size).toBe(9)
    expect(rows.filter(({ service }) => service === '*').length).toBeLessThanOrEqual(27)
    expect((await read(table, ['service-501', 'service-502'], all)).rows).toEqual([])
  })

  it('books a fourth hour in the nearest of three', async () => {
    const table = modelledTable()
    const hours = [0, 1, 2, 3].map((ago) => NOW - ago * MS_PER_HOUR)
    await consumer(table)(event([request(hours.map((endMs) => ({ service: 'a', version: '1', endMs })))]), onTime)
    const { rows } = await read(
      table,
      ['a'],
      hours.map((at) => hourOf(at as EpochMs)),
    )
    expect(rows).toHaveLength(3)
    expect(costOfRows(rows)).toBe(4n * MICRODOLLAR)
  })

  it('books under a version that is a pod name, however long, one row a pod', async () => {
    const table = modelledTable()
    const pods = Array.from({ length: 300 }, (_, i) => `${'checkout-'.repeat(27)}7d4f8b9c6-x${i}`)
    const records = pods.map((version) => request([{ service: 'pods', version, endMs: NOW }]))
    expect(await consumer(table)(event(records), onTime)).toEqual(allBooked)
    const { rows } = await read(table, ['pods'], [hourOf(NOW)])
    expect(new Set(rows.map(({ commit }) => commit)).size).toBe(300)
    expect(Math.max(...rows.map(({ commit }) => commit.length))).toBe(64)
    expect(costOfRows(rows)).toBe(300n * MICRODOLLAR)
  })

  it('loses no token of 1,000 model names in one record: what finds no room waits under unknown/model', async () => {
    const table = modelledTable()
    const spans = Array.from({ length: 1000 }, (_, i) => ({
      ...{ service: 'models', version: '1', endMs: NOW, model: `model-${i}` },
    }))
    const letters: DeadLetter[] = []
    const run = consumer(table, direct, { keepDeadLetter: async (letter) => void letters.push(letter) })
    expect(await run(event([request(spans)]), onTime)).toEqual(allBooked)
    expect(letters).toMatchObject([{ reason: 'too_many_skus', bodies: [], spans: 0 }])
    expect(letters[0]?.details).toHaveLength(50)
    expect(letters[0]?.details[0]).toBe('models: model/openai/model-50/input-token')
    const { rows, parked } = await read(table, ['models'], [hourOf(NOW)])
    expect(spansOf(rows)).toBe(1000)
    expect(new Set(parked.flatMap(({ usage }) => usage.map(({ sku }) => sku))).size).toBe(MAX_SKUS + 1)
    const tokens = parked.flatMap(({ usage }) => usage).reduce((sum, { quantity }) => sum + quantity, 0n)
    expect(tokens).toBe(10_000n)
  })

  it('books a partition that lags a day in the hours of its spans, and says that it is behind', async () => {
    const table = modelledTable()
    const reports: PartitionReport[] = []
    const yesterday = NOW - 24 * MS_PER_HOUR
    const run = consumer(table, direct, {
      reportProgress: async (given) => {
        reports.push(...given)
        return []
      },
    })
    const value = request([{ service: 'lagging', version: '1', endMs: yesterday - 1000 }])
    expect(await run(event([value], yesterday), onTime)).toEqual(allBooked)
    const { rows } = await read(table, ['lagging'], [hourOf(yesterday as EpochMs)])
    expect(costOfRows(rows)).toBe(MICRODOLLAR)
    expect(reports).toMatchObject([{ nextOffset: 1, newestTimestampMs: yesterday, caughtUp: false }])
  })

  it('says that it may be behind where an event is as large as events get', async () => {
    const reports: PartitionReport[] = []
    const run = consumer(modelledTable(), direct, {
      reportProgress: async (given) => {
        reports.push(...given)
        return []
      },
    })
    const sized = (bytes: number) =>
      request([{ service: 'a', version: '1', endMs: NOW, path: `/${'x'.repeat(bytes)}` }])
    await run(event([sized(1_000_000)]), onTime)
    await run(event([sized(3_500_000)]), onTime)
    expect(reports.map(({ caughtUp }) => caughtUp)).toEqual([true, false])
  })

  it('leaves the same items whatever write of a batch it crashes after, and whether its answer came or not', async () => {
    const values = Array.from({ length: 4 }, (_, i) =>
      request([
        { service: 'a', version: `${i % 2}`, endMs: NOW - i * MS_PER_MINUTE, path: `/a/${i}/b` },
        { service: 'b', version: '1', endMs: NOW - MS_PER_HOUR },
        { service: 'b', version: '1', endMs: NOW, model: 'unpriced' },
      ]),
    )
    const whole = modelledTable()
    let writes = 0
    await consumer(whole, async (request, apply) => {
      if (isWrite(request.name)) writes += 1
      return direct(request, apply)
    })(event(values), onTime)
    expect(writes).toBeGreaterThan(10)
    for (const answered of [true, false]) {
      for (let after = 0; after < writes; after += 1) {
        const table = modelledTable()
        await consumer(table, crashing(after, answered))(event(values), onTime)
        expect(await consumer(table)(event(values), onTime)).toEqual(allBooked)
        expect(new Map([...table.items].sort())).toEqual(new Map([...whole.items].sort()))
      }
    }
  })

  it('parks 2,400 pairs of operation and SKU of one minute at a stale price, and settles all of them', async () => {
    const table = modelledTable()
    const key = { service: 'stale', hour: hourOf(NOW), commit: '1', shard: 'k3f9.3' }
    const skus = Array.from({ length: MAX_SKUS }, (_, i) => `model/openai/model-${i}/input-token` as Sku)
    const operations = Array.from({ length: 24 }, (_, i) => `GET /operation/${i}/with/a/name/of/its/own`)
    const place = parkedRowPlace(ledgerRowPlace(key), 7)
    const ledger = connectLedger(table.clientThrough(direct), 'ledger', 90)
    const records = operations.map((operation, offset) => ({
      offset,
      timestampMs: NOW,
      counters: new Map<CounterKey, bigint>([
        ...skus.map((sku) => [parkedCounter(operation, sku), pack(10n ** 18n, 5n)] as const),
        [waitingCounter(skus.slice(0, 2)), 1n],
      ]),
    }))
    expect(await ledger.bookRow(place, records)).toEqual({ booked: 24, fenced: 0 })
    assertItemsFit(table.items.values())
    const before = await read(table, ['stale'], [key.hour])
    const waiting = before.parked.flatMap(({ usage }) => usage)
    expect(waiting).toHaveLength(24 * MAX_SKUS)
    expect(waiting.reduce((sum, { quantity }) => sum + quantity, 0n)).toBe(2400n * 10n ** 18n)

    const parked = connectParkedRows(table.clientThrough(direct), 'ledger', 90)
    for (let runs = 0; runs < 5; runs += 1) {
      // More pairs than one call's writes have room for: the next run goes on.
      await parked.settle(place, (sku) => priceOf(sku, '0.000001'))
    }
    const after = await read(table, ['stale'], [key.hour])
    expect(after.parked).toEqual([])
    expect(costOfRows(after.rows)).toBe(2400n * 10n ** 18n * MICRODOLLAR)
    expect(after.rows[0]?.operations).toHaveLength(24)
    expect(after.rows[0]?.outcomes).toEqual([{ outcome: 'booked', spans: 24 }])
  })

  it('books the backlog as money once the price is there, with the counters of the hour all in use', async () => {
    const table = modelledTable()
    const minutes = Array.from({ length: 60 }, (_, minute) =>
      request(
        Array.from({ length: 70 }, (_, i) => ({
          ...{
            service: 'full',
            version: '1',
            endMs: NOW - 30 * MS_PER_MINUTE + minute * MS_PER_MINUTE,
            path: `/o${i}`,
          },
        })),
      ),
    )
    const at = (NOW + MS_PER_HOUR) as EpochMs
    expect(await consumer(table, direct, { readBook: async () => emptyBook })(event(minutes, at), onTime)).toEqual(
      allBooked,
    )
    const parked = connectParkedRows(table.clientThrough(direct), 'ledger', 90)
    for (const item of [...table.items.values()]) {
      const place = { service: item.service?.S ?? '', row: item.row?.S ?? '' }
      if (!place.row.includes('#parked#')) continue
      await parked.settle(place, (sku) => {
        const found = pricedBook.lookup(sku, NOW)
        return found.found ? found.price : undefined
      })
    }
    const { rows, parked: left } = await read(table, ['full'], [hourOf(NOW)])
    expect(left).toEqual([])
    expect(costOfRows(rows)).toBe(60n * 70n * MICRODOLLAR)
    expect(spansOf(rows)).toBe(60 * 70)
  })
})

const isWrite = (name: string): boolean => name === 'UpdateItem' || name === 'PutItem'

/** A process that dies right after its so-manieth write; nothing of it reaches the table from then on. */
function crashing(after: number, answered: boolean): Passage {
  let left = after
  let dead = false
  return async (request, apply) => {
    if (dead || (isWrite(request.name) && left === 0 && answered)) {
      dead = true
      throw new Error('crashed')
    }
    if (!isWrite(request.name)) return direct(request, apply)
    if (left === 0) dead = true
    left -= 1
    const result = await direct(request, apply)
    if (dead) throw new Error('crashed before it had the answer')
    return result
  }
}
