import { describe, expect, it } from 'vitest'
import { exploreCosts } from '../../../functions/explore-costs/explore-costs.ts'
import type { BudgetEvent } from '../../../layers/core/budgets/budget-event.ts'
import type { ServiceChanges } from '../../../layers/core/budgets/change.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import type { DailyRow } from '../../../layers/core/ledger/daily-row.ts'
import type { LedgerRow } from '../../../layers/core/ledger/row.ts'
import { type Picodollars, parseUsd } from '../../../layers/core/money/picodollars.ts'
import { readEdgeBook } from '../../../layers/core/prices/edge-book.ts'
import { NEVER_STALE, type Price, type PriceBook } from '../../../layers/core/prices/price.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type Day, parseDay, startOfDay } from '../../../layers/core/time/days.ts'
import { type EpochMs, type Hour, hourOf } from '../../../layers/core/time/instants.ts'
import { httpApiEvent } from '../http-api-event.ts'
import { stateOf } from './state-of.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const HOUR = hourOf(NOW)

function rowOf(service: string, hour: Hour, usd: string): LedgerRow {
  const cost: Picodollars = parseUsd(usd)
  return {
    service,
    hour,
    commit: 'a1b2c3d',
    shard: 'k3f9.0',
    fence: { offset: 1, timestampMs: NOW },
    minutes: [{ minute: 5, cost, entryRequests: 2 }],
    operations: [{ operation: 'GET /x', cost, spans: 2 }],
    usage: [],
    outcomes: [
      { outcome: 'booked', spans: 2 },
      { outcome: 'unmetered:aws.dynamodb.consumed_capacity', spans: 3 },
    ],
  }
}

const priceOf = (sku: string, usd: string, unit: string, usageType: string): Price => ({
  sku: sku as Sku,
  usd,
  unit,
  tiers: [],
  multiplier: '1',
  source: { kind: 'price-list', serviceCode: 'AWSLambda', usageType, operation: '', rateCode: 'A.B.C', published: '' },
  fetchedAt: (NOW - 240_000) as EpochMs,
  validUntil: NEVER_STALE,
})
const BOOK = createPriceBook(
  [
    priceOf('aws/lambda/request@us-east-1', '0.0000002', 'request', 'Request'),
    priceOf('aws/lambda/gb-second/x86_64@us-east-1', '0.0000166667', 'GB-second', 'Lambda-GB-Second'),
  ],
  'g7',
)

const ROWS = [
  rowOf('prod/checkout', HOUR, '1.5'),
  rowOf('prod/checkout', (HOUR - 1) as Hour, '40'),
  rowOf('prod/orders', HOUR, '2'),
]

const FLAG: Flag = {
  service: 'prod/orders',
  admit: 0.25,
  reason: 'burns 12 times its pace',
  until: (NOW + 1) as EpochMs,
  since: NOW,
  version: 1,
}

const SIGNED = { by: 'arn:aws:iam::1:user/asha', reason: 'incident 7', at: NOW } as const
const CHANGES: ServiceChanges = {
  service: 'prod/orders',
  override: { limitUsd: '900', mode: 'enforce', ...SIGNED, until: (NOW + 60_000) as EpochMs },
  grants: [
    { usd: '300', ...SIGNED, until: (NOW + 60_000) as EpochMs },
    { usd: '5', ...SIGNED, until: NOW },
  ],
  version: 3,
}
const EVENT: Omit<BudgetEvent, 'service'> = {
  at: NOW,
  what: 'throttled',
  by: 'judge',
  reason: 'burns 12 times its pace',
  numbers: { limitUsd: '500', admit: 0.25 },
}

const OLD_DAY = parseDay('2026-10-02') as Day
const DAILY: DailyRow = {
  ...{ service: 'prod/retired', day: OLD_DAY, commit: 'c0ffee', cost: parseUsd('700'), entryRequests: 9 },
  operations: [{ operation: 'GET /old', cost: parseUsd('700'), spans: 9 }],
  usage: [],
  outcomes: [{ outcome: 'booked', spans: 9 }],
  bookedUpTo: (startOfDay(OLD_DAY) + 1) as EpochMs,
}

const RULES = configurationSchema.parse({ rates: [{ service: 'prod/checkout', usdPerMs: '0.0000021' }] })

const SMOKED = rowOf(SMOKE_SERVICE, HOUR, '0.01')

function explore(flags: readonly Flag[] = [FLAG], more: readonly string[] = []) {
  const asked: (readonly [string, readonly Hour[]])[] = []
  const ask = exploreCosts({
    now: () => NOW,
    readHours: async (service, hours) => {
      asked.push([service, hours])
      return {
        rows: [...ROWS, SMOKED].filter((row) => row.service === service && hours.includes(row.hour)),
        parked: [],
      }
    },
    days: {
      readDays: async (service, first, last) =>
        [DAILY].filter((row) => row.service === service && row.day >= first && row.day <= last),
      listServices: async () => ['prod/retired', 'prod/orders'],
    },
    ledgerDays: 90,
    readStates: async () => [
      stateOf('prod/checkout', NOW),
      stateOf('prod/orders', NOW, '640.5'),
      ...more.map((service) => stateOf(service, NOW)),
    ],
    budgets: { readChanges: async () => [CHANGES], readEvents: async (service) => [{ ...EVENT, service }] },
    readFrontDoor: async (environment, hours) =>
      hours.map((hour) => ({ environment, hour, minutes: [{ minute: 5, requests: 40 }] })),
    readFlags: async () => flags,
    readBook: async () => BOOK,
    rules: RULES,
  })
  const get = async (path: string, query: Record<string, string> = {}, method = 'GET', headers = {}) => {
    const answer = await ask(httpApiEvent(path, query, headers, method))
    return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) }
  }
  return { get, asked }
}

describe('GET /v1/spend', () => {
  it('answers for the current hour of all services where nothing else is asked', async () => {
    const { get, asked } = explore()
    const { statusCode, json } = await get('/v1/spend')
    expect(statusCode).toBe(200)
    expect(json).toMatchObject({
      from: '2026-11-23T08:00:00.000Z',
      to: '2026-11-23T08:30:00.000Z',
      totalUsd: '3.5',
      lines: [
        { service: 'prod/orders', usd: '2' },
        { service: 'prod/checkout', usd: '1.5' },
      ],
      coverage: { booked: 4 },
    })
    expect(asked.map(([service]) => service)).toEqual(['prod/checkout', 'prod/orders'])
  })

  it('leaves out what the smoke test spent, and says so; asked for, it is a service as any other', async () => {
    const { get } = explore(undefined, [SMOKE_SERVICE])
    expect((await get('/v1/spend')).json).toMatchObject({
      totalUsd: '3.5',
      lines: [{ service: 'prod/orders' }, { service: 'prod/checkout' }],
      leftOut: { service: SMOKE_SERVICE, usd: '0.01' },
    })
    expect((await get('/v1/spend', { smoke: 'true' })).json).toMatchObject({ totalUsd: '3.51', leftOut: null })
    expect((await get('/v1/spend', { service: SMOKE_SERVICE })).json).toMatchObject({ totalUsd: '0.01', leftOut: null })
  })

  it('answers for one service, operation by operation, over a range in ISO or epoch milliseconds', async () => {
    const { get, asked } = explore()
    const iso = await get('/v1/spend', {
      service: 'prod/checkout',
      by: 'operation',
      from: '2026-11-23T07:00Z',
      to: '2026-11-23T09:00:00+00:00',
    })
    expect(iso.json).toMatchObject({ totalUsd: '41.5', lines: [{ operation: 'GET /x', usd: '41.5', count: 4 }] })
    const from = String(Date.UTC(2026, 10, 23, 7))
    const epoch = await get('/v1/spend', { service: 'prod/checkout', by: 'operation', from, to: '1795424400000' })
    expect(epoch.json).toEqual(iso.json)
    expect(asked[0]).toEqual(['prod/checkout', [HOUR - 1, HOUR]])
  })

  it.each([
    ['from', { from: 'yesterday' }, '2026-11-23T08:00Z'],
    ['from', { from: '2026-11-23T08:00' }, '2026-11-23T08:00Z'],
    ['to', { to: '2026-13-45' }, '2026-11-23T08:00Z'],
    ['from', { from: '2026-11-23T09:00Z', to: '2026-11-23T08:00Z' }, 'before'],
    ['from', { from: '2025-01-01', to: '2026-11-23' }, 'at most 400 days'],
    ['by', { by: 'region' }, 'service, commit, operation or hour'],
    ['by', { by: 'operation,' }, 'service, commit, operation or hour'],
    ['limit', { limit: '0' }, 'from 1 to 1000'],
    ['limit', { limit: '1e9' }, 'from 1 to 1000'],
    ['smoke', { smoke: 'yes' }, 'true'],
    ['service', { service: '' }, 'prod/checkout'],
    ['form', { form: '2026-11-23' }, 'from, to, by, service, limit'],
  ])('answers 400 about %s of %j and says what to write', async (parameter, query, hint) => {
    const { statusCode, headers, json } = await explore().get('/v1/spend', query as Record<string, string>)
    expect(statusCode).toBe(400)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(json).toMatchObject({ type: 'about:blank', title: 'Unreadable question', status: 400 })
    expect(json.errors[0].parameter).toBe(parameter)
    expect(json.errors[0].detail).toContain(hint)
  })

  it('answers a range of more than a week from daily rows, and its last two days from hourly ones', async () => {
    const { get, asked } = explore()
    const { json } = await get('/v1/spend', { from: '2026-10-02T17:00Z', by: 'operation' })
    expect(json).toMatchObject({
      from: '2026-10-02T00:00:00.000Z',
      to: '2026-11-23T09:00:00.000Z',
      resolution: 'day',
      totalUsd: '743.5',
      coverage: { booked: 15 },
    })
    expect(json.lines[0]).toEqual({ service: 'prod/retired', operation: 'GET /old', usd: '700', count: 9 })
    const hours = asked[0]?.[1] ?? []
    expect([hours[0], hours.at(-1)]).toEqual([hourOf(Date.UTC(2026, 10, 22) as EpochMs), HOUR])
  })

  it('answers a range before the hourly rows from daily ones alone, in whole days', async () => {
    const { get, asked } = explore()
    const { json } = await get('/v1/spend', { from: '2026-08-01T00:00Z', to: '2026-08-01T05:00Z' })
    expect(json).toMatchObject({ from: '2026-08-01T00:00:00.000Z', to: '2026-08-02T00:00:00.000Z', resolution: 'day' })
    expect(asked).toEqual([])
  })

  it('says in which steps it counted', async () => {
    const { get } = explore()
    expect((await get('/v1/spend')).json.resolution).toBe('minute')
    expect((await get('/v1/spend', { by: 'operation' })).json.resolution).toBe('hour')
  })

  it('keeps its answer to wrong parameters small, however many there are', async () => {
    const query = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${'x'.repeat(500)}${at}`, '']))
    expect((await explore().get('/v1/spend', query)).body.length).toBeLessThan(2000)
  })
})

describe('GET /v1/budgets/events', () => {
  it('tells what was decided about a service, and asks which one', async () => {
    const { get } = explore()
    expect((await get('/v1/budgets/events', { service: 'prod/orders' })).json).toEqual({
      service: 'prod/orders',
      events: [{ service: 'prod/orders', ...EVENT, at: '2026-11-23T08:30:00.000Z' }],
    })
    expect((await get('/v1/budgets/events')).json.errors).toMatchObject([{ parameter: 'service' }])
    expect((await get('/v1/budgets/events', { service: 'a', limit: '501' })).statusCode).toBe(400)
  })
})

describe('GET /v1/minutes', () => {
  it('tells the minutes of a service in which something happened, beside the front door of its environment', async () => {
    const { json } = await explore().get('/v1/minutes', { service: 'prod/orders' })
    const spent = json.minutes.reduce((sum: number, [, usd]: [number, string]) => sum + Number(usd), 0)
    expect(spent).toBe(2)
    for (const [window] of json.minutes) expect(Math.floor(window / 60)).toBe(HOUR)
  })

  it('answers for one service and two days at a time', async () => {
    const { get } = explore()
    expect((await get('/v1/minutes')).json.errors).toMatchObject([{ parameter: 'service' }])
    const query = { service: 'prod/orders', from: '2026-11-20T00:00Z' }
    expect((await get('/v1/minutes', query)).json.errors).toMatchObject([{ parameter: 'from' }])
  })
})

describe('GET /v1/budgets', () => {
  it('shows the changes that hold, with their authors', async () => {
    const { json } = await explore().get('/v1/budgets')
    expect(json.budgets.map(({ changes }: { changes: string[] }) => changes)).toEqual([
      [
        'limit $900, enforce until 2026-11-23T08:31:00.000Z, by arn:aws:iam::1:user/asha: incident 7',
        '$300 more until 2026-11-23T08:31:00.000Z, by arn:aws:iam::1:user/asha: incident 7',
      ],
      [],
    ])
  })

  it('shows how every service stands, the throttled first', async () => {
    const { json } = await explore().get('/v1/budgets')
    expect(json.asOf).toBe('2026-11-23T08:30:00.000Z')
    expect(json.budgets).toMatchObject([
      {
        service: 'prod/orders',
        usedPercent: 128,
        flag: { admit: 0.25, reason: 'burns 12 times its pace', until: '2026-11-23T08:30:00.001Z' },
      },
      { service: 'prod/checkout', usedPercent: 20, flag: null, judgedUpTo: '2026-11-23T08:30:00.000Z' },
    ])
  })

  it('leaves out the smoke test; asked for, it is a service as any other', async () => {
    const { get } = explore(undefined, [SMOKE_SERVICE])
    const services = async (query: Record<string, string>) =>
      (await get('/v1/budgets', query)).json.budgets.map(({ service }: { service: string }) => service)
    expect(await services({})).toEqual(['prod/orders', 'prod/checkout'])
    expect(await services({ smoke: 'false' })).toEqual(['prod/orders', 'prod/checkout'])
    expect(await services({ smoke: 'true' })).toContain(SMOKE_SERVICE)
  })

  it.each(['smoke', 'servce'])('says what to write where its parameter "%s" is none', async (parameter) => {
    const { statusCode, json } = await explore().get('/v1/budgets', { [parameter]: 'yes' })
    expect(statusCode).toBe(400)
    expect(json.errors).toMatchObject([{ parameter, detail: expect.stringContaining('write true as "smoke"') }])
  })

  it('leaves out a flag that has expired', async () => {
    const { json } = await explore([{ ...FLAG, until: NOW }]).get('/v1/budgets')
    expect(json.budgets[0]).toMatchObject({ service: 'prod/orders', flag: null })
  })
})

describe('GET /v1/coverage', () => {
  it('leaves out the smoke test, as the spend that it is the coverage of; asked for, it is a service as any other', async () => {
    const { get } = explore(undefined, [SMOKE_SERVICE])
    const services = async (query: Record<string, string>) =>
      (await get('/v1/coverage', query)).json.services.map(({ service }: { service: string }) => service).sort()
    expect(await services({})).toEqual(['prod/checkout', 'prod/orders'])
    expect(await services({ smoke: 'true' })).toEqual(['prod/checkout', 'prod/orders', SMOKE_SERVICE])
    expect(await services({ service: SMOKE_SERVICE })).toEqual([SMOKE_SERVICE])
  })

  it('tells by service what its spend does not hold, and the line that would supply it', async () => {
    const { json } = await explore().get('/v1/coverage', { service: 'prod/checkout' })
    expect(json).toEqual({
      from: '2026-11-23T08:00:00.000Z',
      to: '2026-11-23T09:00:00.000Z',
      share: 0.4,
      services: [
        {
          service: 'prod/checkout',
          booked: 2,
          parked: 0,
          unmetered: 3,
          inner: 0,
          noMeter: 0,
          share: 0.4,
          meters: [{ meter: 'DynamoDB, on demand', rated: null, unmetered: 3 }],
          missing: [
            {
              attribute: 'aws.dynamodb.consumed_capacity',
              spans: 3,
              meter: 'DynamoDB, on demand',
              where: 'call',
              line: "ReturnConsumedCapacity: 'TOTAL'",
            },
          ],
          waiting: [],
        },
      ],
    })
  })

  it('answers 400 to what cannot be read, as GET /v1/spend does', async () => {
    expect((await explore().get('/v1/coverage', { from: 'yesterday' })).statusCode).toBe(400)
  })
})

describe('GET /v1/prices', () => {
  it('finds prices by words, with their age, tiers, source and rate code', async () => {
    const { json } = await explore().get('/v1/prices', { words: 'Lambda duration' })
    expect(json).toEqual({
      generation: 'g7',
      found: 1,
      prices: [
        {
          sku: 'aws/lambda/gb-second/x86_64@us-east-1',
          unit: 'GB-second',
          usd: '0.0000166667',
          multiplier: '1',
          tiers: [],
          source: 'price-list',
          sourceDetail: 'AWSLambda Lambda-GB-Second A.B.C',
          rateCode: 'A.B.C',
          fetchedAt: '2026-11-23T08:26:00.000Z',
          ageSeconds: 240,
          stale: false,
        },
      ],
    })
  })

  it('counts what the limit leaves out', async () => {
    const { json } = await explore().get('/v1/prices', { limit: '1' })
    expect([json.found, json.prices.length]).toEqual([2, 1])
  })

  it.each([
    ['limit', { limit: '0' }, 'from 1 to 5000'],
    ['words', { words: 'a '.repeat(11) }, 'at most 10 words'],
    ['word', { word: 'lambda' }, 'there are words, limit'],
  ])('answers 400 about %s of %j and says what to write', async (parameter, query, hint) => {
    const { statusCode, json } = await explore().get('/v1/prices', query as Record<string, string>)
    expect(statusCode).toBe(400)
    expect(json.errors).toEqual([{ parameter, detail: expect.stringContaining(hint) }])
  })
})

describe('GET /v1/prices/book', () => {
  it('gives services the prices of the book and the rules that go with them', async () => {
    const { json } = await explore().get('/v1/prices/book')
    const read = readEdgeBook(json)
    expect(read?.rating).toEqual(RULES.rating)
    expect(read?.rates).toEqual(RULES.rates)
    expect(read?.book.generation).toBe('g7')
    const prices = (book: PriceBook | undefined) =>
      book?.prices.map(({ sku, usd, multiplier, validUntil }) => ({ sku, usd, multiplier, validUntil }))
    expect(prices(read?.book)).toEqual(prices(BOOK))
  })

  it('answers 304 to whoever has it', async () => {
    const { get } = explore()
    const first = await get('/v1/prices/book')
    const etag = first.headers.etag ?? ''
    expect(await get('/v1/prices/book', {}, 'GET', { 'if-none-match': etag })).toMatchObject({
      statusCode: 304,
      body: '',
    })
    expect((await get('/v1/prices/book', {}, 'GET', { 'if-none-match': '"older"' })).statusCode).toBe(200)
  })
})

describe('explore-costs', () => {
  it('says what to ask for on other paths and methods', async () => {
    expect((await explore().get('/v2/spend')).json).toMatchObject({
      status: 404,
      detail: expect.stringContaining('/v1/spend'),
    })
    expect((await explore().get('/v1/spend', {}, 'DELETE')).headers.allow).toBe('GET')
  })
})
