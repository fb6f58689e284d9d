import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CounterKey,
  minuteCounter,
  operationCounter,
  parkedCounter,
  skuCounter,
  unknownSku,
  waitingCounter,
} from '../../../../layers/core/ledger/counters.ts'
import { pack, unpack } from '../../../../layers/core/ledger/packed.ts'
import { ABSENT, MAX_COUNTERS_PER_UPDATE, planUpdate } from '../../../../layers/core/ledger/plan-update.ts'
import { readRow } from '../../../../layers/core/ledger/read-row.ts'
import { ledgerRowPlace, parkedRowPlace } from '../../../../layers/core/ledger/row-name.ts'
import { settleRow } from '../../../../layers/core/ledger/settle-row.ts'
import type { Price } from '../../../../layers/core/prices/price.ts'
import { costOf } from '../../../../layers/core/prices/price-usage.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../../layers/core/time/instants.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const KEY = { service: 'prod/checkout', hour: hourOf(NOW), commit: 'a1b2c3d', shard: 'k3f9.3' }
const MINUTE = 7
const BOOKED = 'b' as CounterKey

const GB_SECOND = 'aws/lambda/gb-second/arm64@us-east-1' as Sku
const REQUEST = 'aws/lambda/request@us-east-1' as Sku
const QUEUE = 'aws/sqs/request@us-east-1' as Sku
const RATE = 'rate/prod/checkout/*' as Sku

const priceFor = (sku: Sku, usd: string): Price => ({
  sku,
  usd,
  unit: 'unit',
  tiers: [],
  multiplier: '1',
  source: { kind: 'configured' },
  fetchedAt: NOW,
  validUntil: (NOW + 1) as EpochMs,
})
const PRICES = new Map([
  [GB_SECOND, priceFor(GB_SECOND, '0.0000133334')],
  [REQUEST, priceFor(REQUEST, '0.0000002')],
])
const all = (sku: Sku): Price | undefined => PRICES.get(sku)
const none = (): undefined => undefined

type Counters = ReadonlyMap<CounterKey, bigint>

/** What DynamoDB holds after the settlement's write. */
function written(stored: Counters, { removed, added }: ReturnType<typeof settleRow>): Map<CounterKey, bigint> {
  const row = new Map([...stored].filter(([key]) => !removed.has(key)))
  for (const [key, amount] of added) row.set(key, (row.get(key) ?? 0n) + amount)
  return row
}

function settledWhole(stored: Counters, priceOf = all): Map<CounterKey, bigint> {
  let row = new Map(stored)
  for (let writes = 0; writes < 1000; writes += 1) {
    const settlement = settleRow(MINUTE, row, priceOf)
    row = written(row, settlement)
    if (!settlement.more) return row
  }
  throw new Error('settling never ends')
}

const read = (counters: Counters) =>
  readRow({
    service: KEY.service,
    row: parkedRowPlace(ledgerRowPlace(KEY), MINUTE).row,
    fenceOffset: 9,
    fenceTimestampMs: NOW,
    counters,
  })

const usage = fc.record({
  operation: fc.constantFrom('GET /a', 'GET /b', '*'),
  sku: fc.constantFrom(GB_SECOND, REQUEST, RATE),
  quantity: fc.bigInt(0n, 10n ** 15n),
  spans: fc.bigInt(1n, 1000n),
})
type Parked = { readonly operation: string; readonly sku: Sku; readonly quantity: bigint; readonly spans: bigint }

/** A parked row of usage records, each of whose spans waits for one SKU. */
function parkedRow(records: readonly Parked[]): Map<CounterKey, bigint> {
  const row = new Map<CounterKey, bigint>()
  const add = (key: CounterKey, amount: bigint) => row.set(key, (row.get(key) ?? 0n) + amount)
  for (const { operation, sku, quantity, spans } of records) {
    add(parkedCounter(operation, sku), pack(quantity, spans))
    add(waitingCounter([sku]), spans)
  }
  return row
}

describe('settling a parked row', () => {
  it('books the usage under its operations, in its minute, and counts its spans as booked', () => {
    const stored = parkedRow([
      { operation: 'GET /a', sku: GB_SECOND, quantity: 1_024_000n, spans: 3n },
      { operation: 'GET /b', sku: REQUEST, quantity: 5n, spans: 5n },
    ])
    const row = written(stored, settleRow(MINUTE, stored, all))
    const gbSecond = costOf(1_024_000n, PRICES.get(GB_SECOND) as Price)
    expect(row).toEqual(
      new Map([
        [minuteCounter(MINUTE), pack(gbSecond + 1_000_000n, 0n)],
        [operationCounter('GET /a'), pack(gbSecond, 0n)],
        [operationCounter('GET /b'), pack(1_000_000n, 0n)],
        [skuCounter(GB_SECOND), 1_024_000n],
        [skuCounter(REQUEST), 5n],
        [BOOKED, 8n],
      ]),
    )
  })

  it('leaves a row alone for which there is no price, and says what it waits for', () => {
    const stored = parkedRow([{ operation: 'GET /a', sku: RATE, quantity: 10n, spans: 1n }])
    const settlement = settleRow(MINUTE, stored, all)
    expect(settlement).toMatchObject({ removed: new Set(), added: new Map(), waitsFor: new Set([RATE]), more: false })
  })

  it('books usage under the SKU of the price that priced it, as attribute-spans does', () => {
    const ofAll = 'rate/*/*' as Sku
    const stored = parkedRow([{ operation: 'GET /a', sku: RATE, quantity: 10n, spans: 1n }])
    const row = settledWhole(stored, () => priceFor(ofAll, '0.000001'))
    expect(row.get(skuCounter(ofAll))).toBe(10n)
  })

  it('keeps spans parked of which one SKU still waits, and books them with the last', () => {
    const stored = new Map([
      [parkedCounter('GET /a', GB_SECOND), pack(10n, 2n)],
      [parkedCounter('GET /a', REQUEST), pack(2n, 2n)],
      [waitingCounter([REQUEST, GB_SECOND]), 2n],
    ])
    const part = settledWhole(stored, (sku) => (sku === REQUEST ? all(sku) : undefined))
    expect(read(part)?.ledger.outcomes).toEqual([{ outcome: 'parked', spans: 2 }])
    expect(read(part)?.parked?.usage).toEqual([{ operation: 'GET /a', sku: GB_SECOND, quantity: 10n, spans: 2 }])
    const whole = read(settledWhole(part))
    expect(whole?.ledger.outcomes).toEqual([{ outcome: 'booked', spans: 2 }])
    expect(whole?.parked).toBeUndefined()
  })

  it('keeps spans parked whose usage found no room for its SKU and lies under unknown/<meter>', () => {
    const stored = new Map([
      [parkedCounter('GET /a', unknownSku(QUEUE)), pack(10n, 1n)],
      [parkedCounter('GET /b', REQUEST), pack(1n, 1n)],
      [waitingCounter([QUEUE]), 1n],
      [waitingCounter([REQUEST]), 1n],
    ])
    expect(read(settledWhole(stored))?.ledger.outcomes).toEqual(
      expect.arrayContaining([
        { outcome: 'booked', spans: 1 },
        { outcome: 'parked', spans: 1 },
      ]),
    )
  })

  it('prices each total of operation and SKU once, half up: within half a picodollar a record of pricing at once', () => {
    fc.assert(
      fc.property(fc.array(usage, { minLength: 1, maxLength: 30 }), (records) => {
        const row = settledWhole(parkedRow(records))
        const priced = records.filter(({ sku }) => PRICES.has(sku))
        const totals = new Map<string, { sku: Sku; quantity: bigint }>()
        for (const { operation, sku, quantity } of priced) {
          const total = totals.get(`${operation}\t${sku}`) ?? { sku, quantity: 0n }
          totals.set(`${operation}\t${sku}`, { sku, quantity: total.quantity + quantity })
        }
        const stated = [...totals.values()].reduce(
          (sum, { sku, quantity }) => sum + costOf(quantity, PRICES.get(sku) as Price),
          0n,
        )
        const atOnce = priced.reduce((sum, { sku, quantity }) => sum + costOf(quantity, PRICES.get(sku) as Price), 0n)
        const cost = unpack(row.get(minuteCounter(MINUTE)) ?? 0n).amount
        expect(cost).toBe(stated)
        const off = cost > atOnce ? cost - atOnce : atOnce - cost
        expect(off * 2n).toBeLessThanOrEqual(BigInt(priced.length + totals.size))
      }),
    )
  })

  it('loses no quantum and no span, whatever is priced when and parked in between', () => {
    const step = fc.record({ parks: fc.array(usage, { maxLength: 10 }), priced: fc.subarray([...PRICES.keys()]) })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let row = new Map<CounterKey, bigint>()
        const received = { quanta: 0n, spans: 0n }
        for (const { parks, priced } of steps) {
          for (const [key, amount] of parkedRow(parks)) row.set(key, (row.get(key) ?? 0n) + amount)
          for (const { quantity, spans } of parks) {
            received.quanta += quantity
            received.spans += spans
          }
          row = settledWhole(row, (sku) => (priced.includes(sku) ? all(sku) : undefined))
          const view = read(row)
          const booked = view?.ledger.usage.reduce((sum, { quantity }) => sum + quantity, 0n) ?? 0n
          const waits = view?.parked?.usage.reduce((sum, { quantity }) => sum + quantity, 0n) ?? 0n
          expect(booked + waits).toBe(received.quanta)
          expect(view?.ledger.outcomes.reduce((sum, { spans }) => sum + BigInt(spans), 0n)).toBe(received.spans)
          const ofMinutes = view?.ledger.minutes.reduce((sum, { cost }) => sum + cost, 0n)
          expect(ofMinutes).toBe(view?.ledger.operations.reduce((sum, { cost }) => sum + cost, 0n))
        }
        expect(settledWhole(row, none)).toEqual(row)
      }),
    )
  })

  it('settles a row of any width in writes that each stay within the limits of an update', () => {
    let row = new Map<CounterKey, bigint>()
    for (let i = 0; i < 400; i += 1) row.set(parkedCounter(`op ${i}`, i % 2 ? GB_SECOND : REQUEST), pack(8n, 1n))
    row.set(waitingCounter([GB_SECOND]), 200n)
    row.set(waitingCounter([REQUEST]), 200n)
    for (let more = true; more; ) {
      const settlement = settleRow(MINUTE, row, all)
      expect(settlement.removed.size + settlement.added.size).toBeLessThanOrEqual(MAX_COUNTERS_PER_UPDATE)
      row = written(row, settlement)
      more = settlement.more
    }
    expect(read(row)).toMatchObject({ parked: undefined, ledger: { outcomes: [{ outcome: 'booked', spans: 400 }] } })
  })

  it('reads as one more row of its key, with the spans that wait', () => {
    const counters = parkedRow([{ operation: 'GET /a', sku: RATE, quantity: 10n, spans: 4n }])
    expect(read(counters)?.ledger).toMatchObject({ ...KEY, outcomes: [{ outcome: 'parked', spans: 4 }], minutes: [] })
    const { row, service } = ledgerRowPlace(KEY)
    const ledger = readRow({ service, row, fenceOffset: 9, fenceTimestampMs: NOW, counters: new Map([[BOOKED, 2n]]) })
    expect(ledger).toMatchObject({ parked: undefined, ledger: { outcomes: [{ outcome: 'booked', spans: 2 }] } })
  })
})

describe('parking into a row that was settled', () => {
  it('finds the same room, whether the writer saw the settling or not', () => {
    const record = (offset: number, from: number, count: number) => ({
      offset,
      timestampMs: NOW,
      counters: new Map(
        Array.from({ length: count }, (_, i) => [parkedCounter(`op ${from + i}`, GB_SECOND), pack(1n, 1n)] as const),
      ),
    })
    const first = planUpdate(ABSENT, [record(1, 0, 60)])
    if (first === undefined) throw new Error('nothing to write')
    const settled = written(first.counters, settleRow(MINUTE, first.counters, all))
    const unaware = planUpdate(first.after, [record(2, 50, 30)])
    const aware = planUpdate({ ...first.after, named: new Set(settled.keys()) }, [record(2, 50, 30)])
    expect(unaware?.counters).toEqual(aware?.counters)
    expect([...(aware?.counters.keys() ?? [])]).toContain(parkedCounter('*', GB_SECOND))
  })
})
