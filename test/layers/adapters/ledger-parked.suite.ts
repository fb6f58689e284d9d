import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectParkedRows, type ParkedCursor, type ParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger, type LedgerTable } from '../../../layers/adapters/ledger-table.ts'
import { parkedCounter, waitingCounter } from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { bucketsOf, type ParkedQueue } from '../../../layers/core/ledger/parked-queue.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace, parkedRowPlace, type RowPlace } from '../../../layers/core/ledger/row-name.ts'
import type { Price } from '../../../layers/core/prices/price.ts'
import { costOf } from '../../../layers/core/prices/price-usage.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const START = NOON
const HOUR = hourOf(START)
const MINUTE = 7
const GB_SECOND = 'aws/lambda/gb-second/arm64@us-east-1' as Sku
const REQUEST = 'aws/lambda/request@us-east-1' as Sku
const UNRATED = 'rate/nobody/*' as Sku

const priceFor = (sku: Sku, usd: string): Price => ({
  sku,
  usd,
  unit: 'unit',
  tiers: [],
  multiplier: '1',
  source: { kind: 'configured' },
  fetchedAt: START,
  validUntil: START,
})
const BOOK = new Map([
  [GB_SECOND, priceFor(GB_SECOND, '0.0000133334')],
  [REQUEST, priceFor(REQUEST, '0.0000002')],
])
const priced = (sku: Sku): Price | undefined => BOOK.get(sku)
const outage = (): undefined => undefined
const requestsOnly = (sku: Sku): Price | undefined => (sku === REQUEST ? BOOK.get(sku) : undefined)
/** 0.2 microdollars, in picodollars. */
const A_REQUEST = 200_000n
/** A millisecond, in the quanta of a rate: nanoseconds. */
const MS = 1_000_000n

const placeOf = (service: string): RowPlace =>
  parkedRowPlace(ledgerRowPlace({ service, hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' }), MINUTE)

/** One record whose spans wait for one SKU each. */
function parks(offset: number, sku: Sku, quantity: bigint, operation = 'GET /x'): RecordCounters {
  return {
    offset,
    timestampMs: (START + offset) as EpochMs,
    counters: new Map([
      [parkedCounter(operation, sku), pack(quantity, 1n)],
      [waitingCounter([sku]), 1n],
    ]),
  }
}

/** What settling of parked rows promises, on whatever engine holds the tables of `createTables`. */
export function parkedRowsSuite(engine: TableEngine, races: number): void {
  let opened: OpenTables
  /** A writer or a settler that has just started: nothing cached. */
  const coldLedger = (): LedgerTable => connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)
  const settler = (): ParkedRows => connectParkedRows(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)

  /** What readers see of a service: money by minutes and by operations, spans by outcome, usage that waits. */
  async function seen(service: string) {
    const { rows, parked } = await coldLedger().readHours(service, [HOUR])
    const sum = (costs: readonly { readonly cost: bigint }[]): bigint => costs.reduce((of, { cost }) => of + cost, 0n)
    const spans = (outcome: string): number =>
      rows.flatMap((row) => row.outcomes).reduce((of, one) => (one.outcome === outcome ? of + one.spans : of), 0)
    return {
      cost: sum(rows.flatMap((row) => row.minutes)),
      ofOperations: sum(rows.flatMap((row) => row.operations)),
      booked: spans('booked'),
      parked: spans('parked'),
      waits: parked.flatMap((row) => row.usage.map(({ sku, quantity }) => [sku, quantity])),
    }
  }

  async function listed(queue: ParkedQueue, service: string): Promise<number> {
    let count = 0
    for (const bucket of bucketsOf(queue)) {
      let after: ParkedCursor | undefined
      do {
        const page = await settler().list(bucket, after)
        count += page.places.filter((place) => place.service === service).length
        after = page.next
      } while (after !== undefined)
    }
    return count
  }

  describe(`parked rows on ${engine.name}`, () => {
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    it('are listed when usage is parked, and not any more when all of it is settled', async () => {
      const place = placeOf('listed')
      await coldLedger().bookRow(place, [parks(1, REQUEST, 4n), parks(2, REQUEST, 1n)])
      expect(await listed('new', 'listed')).toBe(1)
      expect(await settler().settle(place, priced)).toEqual({ cost: 5n * A_REQUEST, spans: 2, waitsFor: new Set() })
      expect([await listed('new', 'listed'), await listed('left', 'listed')]).toEqual([0, 0])
      expect(await seen('listed')).toEqual({
        cost: 5n * A_REQUEST,
        ofOperations: 5n * A_REQUEST,
        booked: 2,
        parked: 0,
        waits: [],
      })
    })

    it('go to the rows left behind while there is no price, and settle when it comes', async () => {
      const place = placeOf('outage')
      await coldLedger().bookRow(place, [parks(1, REQUEST, 4n)])
      for (let again = 0; again < 2; again += 1) {
        expect(await settler().settle(place, outage)).toEqual({ cost: 0n, spans: 0, waitsFor: new Set([REQUEST]) })
        expect([await listed('new', 'outage'), await listed('left', 'outage')]).toEqual([0, 1])
      }
      await settler().settle(place, priced)
      expect(await listed('left', 'outage')).toBe(0)
      expect(await seen('outage')).toMatchObject({ cost: 4n * A_REQUEST, booked: 1, parked: 0, waits: [] })
    })

    it('settle the part that has a price, and keep the rest', async () => {
      const place = placeOf('part')
      await coldLedger().bookRow(place, [parks(1, REQUEST, 4n), parks(2, UNRATED, 90n)])
      expect(await settler().settle(place, priced)).toMatchObject({ spans: 1, waitsFor: new Set([UNRATED]) })
      expect(await listed('left', 'part')).toBe(1)
      expect(await seen('part')).toMatchObject({
        cost: 4n * A_REQUEST,
        booked: 1,
        parked: 1,
        waits: [[UNRATED, 90n]],
      })
    })

    it('settle once when many settle at the same time', async () => {
      const place = placeOf('race')
      await coldLedger().bookRow(place, [parks(1, REQUEST, 4n), parks(2, GB_SECOND, 12_800n)])
      const results = await Promise.all(Array.from({ length: 8 }, () => settler().settle(place, priced)))
      const { cost } = await seen('race')
      expect(cost).toBe(4n * A_REQUEST + costOf(12_800n, priced(GB_SECOND) as Price))
      expect(results.reduce((sum, one) => sum + one.cost, 0n)).toBe(cost)
      expect(results.reduce((sum, one) => sum + one.spans, 0)).toBe(2)
    })

    it('take more parked usage after they were settled, from the writer that has not seen it', async () => {
      const place = placeOf('late')
      const writer = coldLedger()
      await writer.bookRow(place, [parks(1, REQUEST, 4n)])
      await settler().settle(place, priced)
      expect(await writer.bookRow(place, [parks(1, REQUEST, 4n), parks(2, REQUEST, 3n)])).toEqual({
        booked: 1,
        fenced: 1,
      })
      expect(await seen('late')).toMatchObject({ cost: 4n * A_REQUEST, booked: 1, parked: 1, waits: [[REQUEST, 3n]] })
      expect(await listed('new', 'late')).toBe(1)
      await settler().settle(place, priced)
      expect(await coldLedger().bookRow(place, [parks(2, REQUEST, 3n)])).toEqual({ booked: 0, fenced: 1 })
      expect(await seen('late')).toMatchObject({ cost: 7n * A_REQUEST, booked: 2, parked: 0, waits: [] })
    })

    it('settle a row that is wider than one update', async () => {
      const place = placeOf('wide')
      const skus = Array.from({ length: 90 }, (_, i) => `rate/wide ${i}/*` as Sku)
      const records = skus.flatMap((sku, i) => [parks(2 * i, sku, MS, 'a'), parks(2 * i + 1, sku, MS, 'b')])
      await coldLedger().bookRow(place, records)
      expect(await settler().settle(place, (sku) => priceFor(sku, '0.000001'))).toMatchObject({ spans: 180 })
      expect(await seen('wide')).toMatchObject({ cost: 180n * 1_000_000n, booked: 180, parked: 0, waits: [] })
    })

    it('end with every record booked once, whoever settles, parks, repeats and crashes in whatever order', async () => {
      const step = fc.oneof(
        fc.record({ deliver: fc.nat(11), size: fc.integer({ min: 1, max: 6 }), warm: fc.boolean() }),
        fc.record({ settle: fc.constantFrom('priced', 'outage', 'part') }),
      )
      const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
      await fc.assert(
        fc.asyncProperty(rounds, fc.uuid(), async (steps, run) => {
          const service = `interleaved-${run}`
          const place = placeOf(service)
          const records = Array.from({ length: 12 }, (_, i) => parks(i, i % 3 ? REQUEST : GB_SECOND, 12_800n))
          const books = { priced, outage, part: requestsOnly }
          const warm = coldLedger()
          let upTo = 0
          for (const together of steps) {
            const delivered = upTo
            await Promise.all(
              together.map(async (one) => {
                if ('settle' in one) return settler().settle(place, books[one.settle as keyof typeof books])
                const first = one.deliver % (delivered + 1)
                const batch = records.slice(first, first + one.size)
                upTo = Math.max(upTo, first + batch.length)
                return (one.warm ? warm : coldLedger()).bookRow(place, batch)
              }),
            )
          }
          await coldLedger().bookRow(place, records)
          await settler().settle(place, priced)
          const { cost, ofOperations, ...rest } = await seen(service)
          expect(rest).toEqual({ booked: 12, parked: 0, waits: [] })
          expect(ofOperations).toBe(cost)
          // 12,800 megabyte-milliseconds and requests cost whole picodollars only together: rounding is a settle's.
          const exact = 8n * 12_800n * A_REQUEST + costOf(4n * 12_800n, priced(GB_SECOND) as Price)
          const off = cost > exact ? cost - exact : exact - cost
          expect(off).toBeLessThanOrEqual(4n)
        }),
        { numRuns: races },
      )
    })
  })
}
