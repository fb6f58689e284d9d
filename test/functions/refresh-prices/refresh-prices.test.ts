import { setImmediate } from 'node:timers/promises'
import { BatchWriteItemCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { PricingClient } from '@aws-sdk/client-pricing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchFromPriceList } from '../../../functions/refresh-prices/fetch-prices.ts'
import { UnknownRefreshEvent } from '../../../functions/refresh-prices/refresh-event.ts'
import { type RefreshOutcome, refreshPrices } from '../../../functions/refresh-prices/refresh-prices.ts'
import { reportRefresh } from '../../../functions/refresh-prices/report-refresh.ts'
import { createBookReader } from '../../../layers/adapters/book-reader.ts'
import type { Telemetry } from '../../../layers/adapters/instrumented.ts'
import {
  connectPriceList,
  type PriceList,
  type PriceListTiming,
  PriceListUnreachable,
  priceListRegion,
} from '../../../layers/adapters/price-list.ts'
import { connectPrices } from '../../../layers/adapters/prices-table.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import type { PriceBook } from '../../../layers/core/prices/price.ts'
import { SKU_FAMILIES, skuIn } from '../../../layers/core/prices/sku.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type DynamoDbStandIn, startDynamoDb } from '../../../local/dynamodb/server.ts'
import { fetchSnapshot } from '../../../local/snapshot-prices.ts'
import { createTables, LOCAL_TABLES } from '../../../local/tables.ts'
import { type PriceListServer, startPriceListServer } from './price-list-server.ts'

const START = Date.UTC(2026, 10, 24, 8)
const MINUTE = 60_000
const REGION = 'us-east-1'
const LISTED = SKU_FAMILIES.map(({ family }) => skuIn(family, REGION))
const REQUEST = skuIn('aws/lambda/request', REGION)
const TICK = { 'detail-type': 'Scheduled Event', source: 'aws.events' }
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
const BRIEFLY: PriceListTiming = {
  callTimeoutMs: 150,
  throttledPauseMs: { first: 1, max: 4 },
  failedPauseMs: { first: 1, max: 4 },
  // As in AWS: time passes here as the tests tell it to.
  openMs: { first: 10_000, max: 50_000 },
}

let standIn: DynamoDbStandIn
let dynamo: DynamoDBClient
let server: PriceListServer
let pricing: PricingClient
let priceList: PriceList
let refreshes: number

beforeAll(async () => {
  standIn = await startDynamoDb({ clock: systemClock(), sleep: realSleep })
  dynamo = new DynamoDBClient({ endpoint: standIn.endpoint, region: REGION, credentials })
})

afterAll(async () => {
  dynamo.destroy()
  await standIn.close()
})

beforeEach(async () => {
  await createTables(dynamo)
  await emptyPrices()
  server = await startPriceListServer()
  pricing = new PricingClient({ endpoint: server.endpoint, region: REGION, credentials, maxAttempts: 1 })
  priceList = connectPriceList(pricing, [REGION], BRIEFLY)
  // The breaker reads the machine's clock, so that is the one to move.
  vi.useFakeTimers({ toFake: ['Date'], now: START })
  refreshes = 0
})

afterEach(async () => {
  vi.useRealTimers()
  pricing.destroy()
  await server.close()
})

const now = (): EpochMs => Date.now() as EpochMs
const pass = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms)
}

function refresh(event: unknown = TICK): Promise<RefreshOutcome> {
  return refreshPrices({
    fetchPrices: fetchFromPriceList({ priceList, regions: [REGION], validForMs: 15 * MINUTE, now }),
    prices: connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE),
    refreshEveryMs: 10 * MINUTE,
    now,
    unique: () => String(refreshes++).padStart(8, '0'),
  })(event)
}

const newReader = (): (() => Promise<PriceBook>) =>
  createBookReader({
    prices: connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE),
    ownPrices: ownRates([{ service: '*', operation: '*', usdPerMs: '0.000001' }]),
    multipliers: [],
    now,
  })

/** The versions of the listed prices in a book, stale ones included: one, or the book is a mix. */
function versionsIn(book: PriceBook): readonly string[] {
  const found = LISTED.map((sku) => {
    const answer = book.lookup(sku, now())
    return (answer.found ? answer.price : answer.last)?.usd ?? 'none'
  })
  return [...new Set(found)]
}

async function emptyPrices(): Promise<void> {
  for (const book of ['current', 'last']) {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: LOCAL_TABLES.PRICES_TABLE,
        KeyConditionExpression: 'book = :book',
        ExpressionAttributeValues: { ':book': { S: book } },
      }),
    )
    for (let from = 0; from < Items.length; from += 25) {
      const deletes = Items.slice(from, from + 25).map(({ book, sku }) => ({
        DeleteRequest: { Key: { book: book ?? { S: '' }, sku: sku ?? { S: '' } } },
      }))
      await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [LOCAL_TABLES.PRICES_TABLE]: deletes } }))
    }
  }
}

describe('refresh-prices', () => {
  it('fills the book on a deploy, and prices every family of the Price List', async () => {
    const outcome = await refresh({})
    expect(outcome).toMatchObject({ outcome: 'switched', kept: [] })
    const book = await newReader()()
    expect(LISTED.filter((sku) => !book.lookup(sku, now()).found)).toEqual([])
    expect(versionsIn(book)).toEqual(['0.000001'])
  })

  it('is due every ten minutes, skips the ticks between, and is tried again each minute after a failure', async () => {
    expect((await refresh()).outcome).toBe('switched')
    pass(9 * MINUTE)
    const calls = server.calls
    expect(await refresh()).toEqual({ outcome: 'skipped', bookAgeMs: 9 * MINUTE })
    expect(server.calls).toBe(calls)
    pass(MINUTE)
    server.behave('failing')
    expect(await refresh()).toMatchObject({ outcome: 'failed', request: 'due', bookAgeMs: 10 * MINUTE })
    pass(MINUTE)
    server.behave('well')
    expect((await refresh()).outcome).toBe('switched')
  })

  it('refreshes for a custom resource that is made or changed, not for one that goes', async () => {
    expect((await refresh({ RequestType: 'Create', ResourceProperties: {} })).outcome).toBe('switched')
    expect((await refresh({ RequestType: 'Delete', ResourceProperties: {} })).outcome).toBe('skipped')
    await expect(refresh({ Records: [] })).rejects.toBeInstanceOf(UnknownRefreshEvent)
  })

  it('waits out throttling, which is no outage', async () => {
    server.behave('throttling', 6)
    expect((await refresh()).outcome).toBe('switched')
    expect(priceList.breakerState()).toBe('closed')
  })

  it('does not try again what is denied, and does not call it an outage', async () => {
    server.behave('denying')
    const calls = server.calls
    expect((await refresh()).outcome).toBe('failed')
    expect([server.calls - calls, priceList.breakerState()]).toEqual([1, 'closed'])
  })

  it('opens its breaker after three failures in a row, lets one call through later, and closes it again', async () => {
    server.behave('failing')
    await refresh()
    expect([server.calls, priceList.breakerState()]).toEqual([3, 'open'])
    const open = await refresh()
    const error = 'error' in open ? open.error : undefined
    expect(error).toBeInstanceOf(PriceListUnreachable)
    expect(error).toMatchObject({ why: 'breaker-open' })
    expect(server.calls).toBe(3)
    pass(MINUTE)
    await refresh()
    expect([server.calls, priceList.breakerState()]).toEqual([4, 'open'])
    server.behave('well')
    pass(MINUTE)
    expect((await refresh()).outcome).toBe('switched')
    expect(priceList.breakerState()).toBe('closed')
  })

  it('refuses an answer whose entries are cut short, and the readers keep the book they have', async () => {
    await refresh()
    pass(10 * MINUTE)
    server.publish('0.000002')
    server.behave('cutting entries')
    const outcome = await refresh()
    expect(outcome).toMatchObject({ outcome: 'refused', request: 'due', bookAgeMs: 10 * MINUTE })
    expect(versionsIn(await newReader()())).toEqual(['0.000001'])
  })

  it('never shows a reader a mixed or an empty book, through faults of every kind', async () => {
    await refresh({})
    const readers = [newReader(), newReader(), newReader()]
    const seen = new Set<string>()
    let running = true
    const watch = async (read: () => Promise<PriceBook>): Promise<void> => {
      while (running) {
        const versions = versionsIn(await read())
        expect(versions).toHaveLength(1)
        expect(versions).not.toContain('none')
        seen.add(versions[0] ?? '')
        // Readers look at the pointer again after 15 s, which pass as fast as they can read.
        pass(2_000)
        await setImmediate()
      }
    }
    const watching = Promise.all(readers.map(watch))
    const faults = ['well', 'hanging', 'truncating', 'failing', 'throttling', 'cutting entries', 'well'] as const
    for (const [place, fault] of faults.entries()) {
      server.publish(`0.00000${place + 2}`)
      server.behave(fault)
      await refresh({})
      pass(MINUTE)
      server.behave('well')
      await refresh({})
    }
    running = false
    await watching
    expect(seen.size).toBeGreaterThan(3)
    expect(versionsIn(await newReader()())).toEqual(['0.000008'])
  })

  it('lets prices turn stale in an outage, at the minute they run out, and own rates outlive it', async () => {
    await refresh()
    const read = newReader()
    await read()
    server.behave('failing')
    pass(15 * MINUTE - 1)
    await refresh()
    expect((await read()).lookup(REQUEST, now()).found).toBe(true)
    pass(1)
    await refresh()
    const stale = (await read()).lookup(REQUEST, now())
    expect(stale).toMatchObject({ found: false, why: 'stale', last: { usd: '0.000001' } })
    expect((await read()).lookup('rate/prod/shop/*' as Sku, now())).toMatchObject({ found: true })
    server.behave('well')
    pass(MINUTE)
    await refresh()
    pass(15_000)
    expect((await read()).lookup(REQUEST, now()).found).toBe(true)
  })

  it('keeps the last accepted prices where they moved more than tenfold, and names them', async () => {
    await refresh({})
    server.publish('0.000011')
    const outcome = await refresh({})
    // Models are bundled and renew; every listed price is kept.
    expect(outcome).toMatchObject({ outcome: 'switched' })
    const kept = outcome.outcome === 'switched' ? outcome.kept : []
    expect(kept.map(({ sku }) => sku).sort()).toEqual([...LISTED].sort())
    expect(new Set(kept.map(({ fault }) => fault))).toEqual(new Set(['moved-tenfold']))
    expect(versionsIn(await newReader()())).toEqual(['0.000001'])
  })

  it('leaves the last accepted prices, stale, when an outage outlives its generation in the table', async () => {
    await refresh()
    pass(49 * 60 * MINUTE)
    expect(await standIn.expire(now())).toBeGreaterThanOrEqual(LISTED.length)
    const stale = (await newReader()()).lookup(REQUEST, now())
    expect(stale).toMatchObject({ found: false, why: 'stale', last: { usd: '0.000001' } })
  })

  it('gives way to a newer generation', async () => {
    const prices = connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE)
    await refresh({})
    const older = { id: '2026-11-24T07:59:00.000Z#00000000', fetchedAt: (START - MINUTE) as EpochMs, prices: [] }
    expect(await prices.switchTo(older)).toBe('superseded')
    expect((await prices.readCurrent())?.fetchedAt).toBe(START)
  })

  it('prices from the bundled snapshot where there is no network', async () => {
    const prices = connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE)
    const outcome = await refreshPrices({
      fetchPrices: fetchSnapshot([REGION], 15 * MINUTE, now),
      prices,
      refreshEveryMs: 10 * MINUTE,
      now,
      unique: () => 'snapshot',
    })(TICK)
    expect(outcome.outcome).toBe('switched')
    const found = (await newReader()()).lookup(REQUEST, now())
    expect(found).toMatchObject({ found: true, price: { usd: '0.0000002', source: { kind: 'snapshot' } } })
  })
})

describe('the region of the Price List', () => {
  it.each([
    ['us-west-2', 'us-east-1'],
    ['sa-east-1', 'us-east-1'],
    ['eu-north-1', 'eu-central-1'],
    ['me-central-1', 'eu-central-1'],
    ['ap-northeast-1', 'ap-south-1'],
  ])('nearest to %s is %s', (region, nearest) => expect(priceListRegion(region)).toBe(nearest))
})

describe('the metrics of a refresh', () => {
  const metricsOf = (outcome: RefreshOutcome, breaker: 'closed' | 'half-open' | 'open'): Record<string, number> => {
    const seen: Record<string, number> = {}
    const silent = { error() {}, info() {}, warn() {} }
    const metrics = {
      addMetric(name: string, _: string, value: number) {
        seen[name] = value
      },
    }
    reportRefresh({ logger: silent, metrics } as unknown as Telemetry, outcome, breaker)
    return seen
  }

  it("say the book's age, the failure and the breaker's state in an outage", () => {
    expect(metricsOf({ outcome: 'failed', error: new Error('x'), request: 'due', bookAgeMs: 600_000 }, 'open')).toEqual(
      {
        price_list_breaker: 2,
        price_refresh_failed: 1,
        price_book_age_seconds: 600,
      },
    )
  })

  it('count kept prices, and call a fresh book new', () => {
    const kept = [{ sku: REQUEST, fault: 'gone', detail: '', usd: '1' }] as const
    expect(metricsOf({ outcome: 'switched', generation: 'g', accepted: 9, kept }, 'closed')).toEqual({
      price_list_breaker: 0,
      price_refresh_failed: 0,
      price_book_age_seconds: 0,
      prices_accepted: 9,
      prices_kept: 1,
    })
  })
})
