import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { demoReport } from '../../../cli/demo/demo-report.ts'
import { attributeSpans } from '../../../functions/attribute-spans/attribute-spans.ts'
import {
  NotASettlingEvent,
  RowsNotSettled,
  type SettlingRun,
  settleParked,
} from '../../../functions/settle-parked/settle-parked.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectParkedRows, type ParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { spendOfHours } from '../../../layers/core/budgets/spend-of-hours.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { bucketsOf } from '../../../layers/core/ledger/parked-queue.ts'
import { spendReport } from '../../../layers/core/ledger/spend-report.ts'
import { formatUsd, type Picodollars, parseUsd } from '../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import type { PriceBook } from '../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf, startOfHour } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const HOUR = hourOf(NOW)
/** 120 ms of a gigabyte, a request and half a read unit, picodollars: the snapshot's prices of us-east-1. */
const COST_OF_INVOCATION = 2_000_004n + 200_000n + 62_500n
const SCHEDULED = { source: 'aws.events' }
const onTime = (): boolean => false

let opened: Opened
let client: DynamoDBClient

beforeAll(async () => {
  opened = await openStandIn()
  client = opened.client
})

afterAll(() => opened.close())

const configuration = configurationSchema.parse({})

/** The snapshot as a generation that was fetched then and holds for 15 minutes. */
const bookOf = (fetchedAt: EpochMs, ...rates: Parameters<typeof ownRates>[0]): PriceBook => {
  const validUntil = (fetchedAt + 15 * 60_000) as EpochMs
  return createPriceBook([...snapshotPrices(['us-east-1'], { fetchedAt, validUntil }), ...ownRates(rates)], 'test')
}
const STALE = bookOf((NOW - 3_600_000) as EpochMs)
const FRESH = bookOf(NOW)

/** attribute-spans that has just started, with its ledger and the book of the moment. */
function consumer(book: PriceBook) {
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90)
  const budgets = connectBudgets(client, LOCAL_TABLES.BUDGETS_TABLE)
  let received = 0
  const run = attributeSpans({
    now: () => NOW,
    rating: compileRating(configuration.rating, configuration.rates),
    maxDeclared: parseUsd('100'),
    topicEpoch: '1',
    readBook: async () => book,
    bookRow: ledger.bookRow,
    keepDeadLetter: async () => {},
    registerService: budgets.registerService,
    markOpen: budgets.markOpen,
    reportProgress: budgets.reportProgress,
    closeWindows: async () => [],
    observe: (observation) => {
      if (observation.kind === 'partition') received += observation.spans
    },
  })
  return { run, received: () => received }
}

interface Settler {
  readonly run: (isLate?: () => boolean) => Promise<SettlingRun>
  readonly runs: SettlingRun[]
  /** Rows that it read, by service. */
  readonly visited: string[]
}

/** settle-parked that has just started. `book` may change between runs; `parked` replaces parts of the table. */
function settler(book: () => PriceBook, parked: Partial<ParkedRows> = {}, now: () => EpochMs = () => NOW): Settler {
  const rows = { ...connectParkedRows(client, LOCAL_TABLES.LEDGER_TABLE, 90), ...parked }
  const runs: SettlingRun[] = []
  const visited: string[] = []
  const settle = settleParked({
    now,
    readBook: async () => book(),
    parked: {
      list: rows.list,
      settle: (place, priceOf) => {
        visited.push(place.service)
        return rows.settle(place, priceOf)
      },
    },
    observe: (run) => runs.push(run),
  })
  return { run: (isLate = onTime) => settle(SCHEDULED, isLate), runs, visited }
}

const attribute = (key: string, value: string | number) =>
  typeof value === 'string' ? { key, value: { stringValue: value } } : { key, value: { intValue: `${value}` } }

/**
 * An invocation of a Lambda function that reads an item: entry spans, and calls of DynamoDB below them. 120 ms cost whole
 * picodollars, so that records add up to the digit; what rounding may do is settle-row.test.ts's.
 */
function request(service: string, invocations: number): string {
  const at = BigInt(NOW - 60_000) * 1_000_000n
  const spans = Array.from({ length: invocations }, (_, i) => {
    const traceId = `${i + 1}`.padStart(32, '0')
    const spanId = `${i + 1}`.padStart(16, '0')
    return [
      {
        traceId,
        spanId,
        name: 'handle',
        kind: 2,
        startTimeUnixNano: `${at - 120_000_000n}`,
        endTimeUnixNano: `${at}`,
        attributes: [attribute('faas.trigger', 'http'), attribute('http.request.method', 'GET')],
      },
      {
        traceId,
        spanId: `${i + 1}`.padStart(16, 'a'),
        parentSpanId: spanId,
        name: 'DynamoDB.GetItem',
        kind: 3,
        startTimeUnixNano: `${at - 5_000_000n}`,
        endTimeUnixNano: `${at}`,
        attributes: [
          attribute('rpc.system', 'aws-api'),
          attribute('rpc.service', 'DynamoDB'),
          attribute('rpc.method', 'GetItem'),
          {
            key: 'aws.dynamodb.consumed_capacity',
            value: { arrayValue: { values: [{ stringValue: '{"TableName":"t","CapacityUnits":0.5}' }] } },
          },
          {
            key: 'aws.dynamodb.table_names',
            value: { arrayValue: { values: [{ stringValue: 't' }] } },
          },
        ],
      },
    ]
  })
  const resource = [
    attribute('service.name', service),
    attribute('cloud.provider', 'aws'),
    attribute('cloud.platform', 'aws_lambda'),
    attribute('cloud.region', 'us-east-1'),
    attribute('faas.name', service),
    attribute('faas.max_memory', 1024 * 1024 * 1024),
  ]
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: spans.flat() }] }],
  })
}

/** A span of a service that nothing rates: its entry spans wait for a rate. */
function unrated(service: string): string {
  const at = BigInt(NOW - 60_000) * 1_000_000n
  const span = {
    traceId: '1'.padStart(32, '0'),
    spanId: '1'.padStart(16, '0'),
    name: 'GET',
    kind: 2,
    startTimeUnixNano: `${at - 10_000_000n}`,
    endTimeUnixNano: `${at}`,
    attributes: [attribute('http.request.method', 'GET'), attribute('url.path', '/x')],
  }
  const resource = [attribute('service.name', service)]
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: [span] }] }] })
}

function event(partition: number, values: readonly string[], first = 0) {
  const records = values.map((value, at) => ({
    topic: 'spans',
    partition,
    offset: first + at,
    timestamp: NOW,
    timestampType: 'CREATE_TIME',
    value: Buffer.from(value).toString('base64'),
    headers: [],
  }))
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:1:cluster/c/u',
    records: { [`spans-${partition}`]: records },
  }
}

/** A service as each reader sees it. */
async function seen(service: string, received: number) {
  const { rows, parked } = await connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours(service, [HOUR])
  const range = { from: startOfHour(HOUR), to: (startOfHour(HOUR) + 3_600_000) as EpochMs }
  const report = (by: 'service' | 'operation') =>
    spendReport(rows, parked, { ...range, by: by === 'service' ? ['service'] : ['service', by], limit: 100 })
  const judged = spendOfHours([HOUR], rows, parked, STALE, NOW).minutes.get(HOUR) ?? []
  const demo = demoReport({ received, rows, parked, deadLetters: [], flags: [], alerts: [], gate: [] })
  return {
    usd: report('service').totalUsd,
    usdOfOperations: report('operation').totalUsd,
    counts: report('operation').lines.map(({ operation, count }) => [operation, count]),
    coverage: report('service').coverage,
    waits: report('service').parked,
    judged: formatUsd(judged.reduce((sum, cost) => sum + cost, 0n) as Picodollars),
    demo,
  }
}

describe('settle-parked', () => {
  it('settles what was parked while the prices were stale: the same money as if there had been no outage', async () => {
    const stale = consumer(STALE)
    await stale.run(event(0, [request('outage', 3), request('outage', 4)]), onTime)
    const parked = await seen('outage', stale.received())
    expect(parked).toMatchObject({ usd: '0', coverage: { booked: 0, parked: 14 }, demo: { spans: { parked: 14 } } })
    expect(parked.waits.length).toBeGreaterThanOrEqual(3)

    const settling = settler(() => FRESH)
    await settling.run()
    const settled = await seen('outage', stale.received())

    const never = consumer(FRESH)
    await never.run(event(1, [request('no-outage', 3), request('no-outage', 4)]), onTime)
    const atOnce = await seen('no-outage', never.received())
    expect(atOnce.usd).toBe(formatUsd((7n * COST_OF_INVOCATION) as Picodollars))
    expect({ ...settled, demo: undefined }).toEqual({ ...atOnce, demo: undefined })
    expect(settled).toMatchObject({ usdOfOperations: atOnce.usd, judged: atOnce.usd, waits: [] })
    expect(parked.judged).toBe(atOnce.usd)
    expect(settled.demo.spans).toEqual({ received: 14, booked: 14, uncharged: 0, parked: 0, deadLettered: 0 })
    expect(settled.demo.totalUsd).toBe(atOnce.usd)
    expect(settling.runs[0]).toMatchObject({ spans: 14, usd: atOnce.usd, failed: 0, cut: false })
  })

  it('books nothing twice when it runs again, or when the records come again', async () => {
    await consumer(STALE).run(event(2, [request('again', 2)]), onTime)
    await settler(() => FRESH).run()
    const once = await seen('again', 4)
    await settler(() => FRESH).run()
    await consumer(FRESH).run(event(2, [request('again', 2)]), onTime)
    await Promise.all([settler(() => FRESH).run(), settler(() => FRESH).run()])
    expect(await seen('again', 4)).toEqual(once)
    expect(once).toMatchObject({ coverage: { booked: 4, parked: 0 } })
  })

  it('ends with the same digits however outages, settling and repeated batches follow on each other', async () => {
    const whichBook = fc.constantFrom('stale' as const, 'fresh' as const)
    const step = fc.oneof(
      fc.record({ deliver: fc.nat(7), size: fc.integer({ min: 1, max: 4 }), book: whichBook }),
      fc.record({ settle: whichBook }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), fc.uuid(), async (steps, run) => {
        const service = `outages-${run}`
        const records = Array.from({ length: 8 }, (_, i) => request(service, (i % 3) + 1))
        const books = { stale: STALE, fresh: FRESH }
        const settling = { stale: settler(() => STALE), fresh: settler(() => FRESH) }
        let upTo = 0
        for (const one of steps) {
          if ('settle' in one) await settling[one.settle].run()
          else {
            const first = one.deliver % (upTo + 1)
            const batch = records.slice(first, first + one.size)
            if (batch.length > 0) await consumer(books[one.book]).run(event(8, batch, first), onTime)
            upTo = Math.max(upTo, first + batch.length)
          }
        }
        await consumer(STALE).run(event(8, records), onTime)
        await settler(() => FRESH).run()
        // 8 records of 1, 2 and 3 invocations, each with a span of its own and one of its read.
        const { usd, usdOfOperations, coverage, waits } = await seen(service, 30)
        expect({ usd, usdOfOperations, booked: coverage.booked, parked: coverage.parked, waits }).toEqual({
          usd: formatUsd((15n * COST_OF_INVOCATION) as Picodollars),
          usdOfOperations: usd,
          booked: 30,
          parked: 0,
          waits: [],
        })
      }),
      { numRuns: 12 },
    )
  })

  it('looks at what waits once, and then only when one of the prices that it waits for has come', async () => {
    await consumer(FRESH).run(event(3, [unrated('waits')]), onTime)
    let book = FRESH
    const settling = settler(() => book)
    await settling.run()
    expect(settling.visited).toContain('waits')
    settling.visited.length = 0
    await settling.run()
    await settling.run()
    expect(settling.visited).toEqual([])
    book = bookOf(NOW, { service: 'waits', operation: '*', usdPerMs: '0.000001' })
    await settling.run()
    expect(settling.visited).toContain('waits')
    expect(await seen('waits', 1)).toMatchObject({ usd: '0.00001', coverage: { booked: 1, parked: 0 }, waits: [] })
  })

  it('looks at what another instance has left behind within the hour', async () => {
    await consumer(FRESH).run(event(4, [unrated('other-instance')]), onTime)
    let now = NOW
    const mine = settler(
      () => FRESH,
      {},
      () => now,
    )
    await mine.run()
    await consumer(FRESH).run(event(5, [unrated('other-instance')]), onTime)
    await settler(() => FRESH).run()
    mine.visited.length = 0
    now = (NOW + 3_600_000) as EpochMs
    await mine.run()
    expect(mine.visited.filter((service) => service === 'other-instance')).toHaveLength(2)
  })

  it('stops when its time is up and goes on from there', async () => {
    for (let i = 0; i < 5; i += 1) await consumer(STALE).run(event(6, [request(`cut-${i}`, 1)]), onTime)
    const outage = settler(() => STALE)
    await outage.run()
    const table = connectParkedRows(client, LOCAL_TABLES.LEDGER_TABLE, 90)
    const lists: string[] = []
    const settling = settler(() => FRESH, {
      list: (bucket, after) => {
        lists.push(bucket)
        return table.list(bucket, after)
      },
    })
    for (let runs = 0; runs < 10; runs += 1) {
      // Time for what is new, and for one bucket of what was left behind.
      const last = lists.length + bucketsOf('new').length + 1
      await settling.run(() => lists.length >= last)
    }
    const left = lists.filter((bucket) => bucket.startsWith('left'))
    expect(left).toEqual(bucketsOf('left'))
    expect(settling.runs.map(({ cut }) => cut).slice(0, 4)).toEqual([true, true, true, false])
    for (let i = 0; i < 5; i += 1) {
      expect(await seen(`cut-${i}`, 2)).toMatchObject({ coverage: { booked: 2, parked: 0 } })
    }
  })

  it('settles the rows that it can when one fails, says so, and settles that one later', async () => {
    await consumer(STALE).run(event(7, [request('fails', 1), request('succeeds', 1)]), onTime)
    const table = connectParkedRows(client, LOCAL_TABLES.LEDGER_TABLE, 90)
    let broken = true
    const settling = settler(() => FRESH, {
      settle: (place, priceOf) =>
        broken && place.service === 'fails' ? Promise.reject(new Error('throttled')) : table.settle(place, priceOf),
    })
    await expect(settling.run()).rejects.toThrow(RowsNotSettled)
    expect(await seen('succeeds', 2)).toMatchObject({ coverage: { booked: 2, parked: 0 } })
    expect(await seen('fails', 2)).toMatchObject({ coverage: { booked: 0, parked: 2 } })
    broken = false
    await settling.run()
    expect(await seen('fails', 2)).toMatchObject({ coverage: { booked: 2, parked: 0 } })
  })

  it('takes its schedule, or {} by hand, and no event of another source', async () => {
    const nothing: ParkedRows = {
      list: async () => ({ places: [], next: undefined }),
      settle: async () => ({ cost: 0n as Picodollars, spans: 0, waitsFor: new Set<Sku>() }),
    }
    const settle = settleParked({ now: () => NOW, readBook: async () => FRESH, parked: nothing, observe: () => {} })
    const idle = { rows: 0, spans: 0, usd: '0', left: 0, failed: 0, cut: false }
    expect(await settle({ source: 'aws.scheduler', time: '2026-11-23T08:30:00Z' }, onTime)).toEqual(idle)
    expect(await settle({}, onTime)).toEqual(idle)
    await expect(settle({ Records: [] }, onTime)).rejects.toThrow(NotASettlingEvent)
  })
})
