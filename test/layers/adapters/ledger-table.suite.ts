import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectLedger, type LedgerTable } from '../../../layers/adapters/ledger-table.ts'
import {
  type CounterKey,
  minuteCounter,
  operationCounter,
  parkedCounter,
  skuCounter,
} from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { frontDoorRowPlace, ledgerRowPlace, parkedRowPlace } from '../../../layers/core/ledger/row-name.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const START = NOON
const HOUR = hourOf(START)
const GB_SECOND = 'aws/lambda/gb-second/arm64@us-east-1' as Sku

const rowOf = (service: string) => ({ service, hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' })

function record(offset: number, counters: readonly (readonly [CounterKey, bigint])[]): RecordCounters {
  return { offset, timestampMs: (START + offset) as EpochMs, counters: new Map(counters) }
}

const spent = (offset: number, operation = 'GET /x'): RecordCounters =>
  record(offset, [
    [minuteCounter(7), pack(1_000n, 1n)],
    [operationCounter(operation), pack(1_000n, 2n)],
    [skuCounter(GB_SECOND), 12_800n],
    ['b' as CounterKey, 1n],
    ['u:faas.max_memory' as CounterKey, 3n],
  ])

/** What the Ledger table's adapter promises, on whatever engine holds the tables of `createTables`. */
export function ledgerTableSuite(engine: TableEngine): void {
  let opened: OpenTables
  /** A writer of its own: nothing cached, as a function that has just started. */
  const coldLedger = (): LedgerTable => connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)

  describe(`the Ledger table on ${engine.name}`, () => {
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    it('gives back what was booked, by minute, operation, SKU and outcome', async () => {
      const ledger = coldLedger()
      expect(await ledger.bookRow(ledgerRowPlace(rowOf('read')), [spent(5), spent(6, 'GET /y')])).toEqual({
        booked: 2,
        fenced: 0,
      })
      const { rows, parked } = await coldLedger().readHours('read', [HOUR])
      expect(parked).toEqual([])
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({
        ...rowOf('read'),
        fence: { offset: 6, timestampMs: START + 6 },
        minutes: [{ minute: 7, cost: 2_000n, entryRequests: 2 }],
        usage: [{ sku: GB_SECOND, quantity: 25_600n }],
      })
      expect(rows[0]?.operations).toEqual(
        expect.arrayContaining([
          { operation: 'GET /x', cost: 1_000n, spans: 2 },
          { operation: 'GET /y', cost: 1_000n, spans: 2 },
        ]),
      )
      expect(rows[0]?.outcomes).toEqual(
        expect.arrayContaining([
          { outcome: 'booked', spans: 2 },
          { outcome: 'unmetered:faas.max_memory', spans: 6 },
        ]),
      )
    })

    it('books a batch once, whoever delivers it again', async () => {
      const place = ledgerRowPlace(rowOf('again'))
      const first = coldLedger()
      await first.bookRow(place, [spent(1), spent(2)])
      expect(await first.bookRow(place, [spent(1), spent(2), spent(3)])).toEqual({ booked: 1, fenced: 2 })
      expect(await coldLedger().bookRow(place, [spent(2), spent(3)])).toEqual({ booked: 0, fenced: 2 })
      const { rows } = await first.readHours('again', [HOUR])
      expect(rows[0]?.minutes).toEqual([{ minute: 7, cost: 3_000n, entryRequests: 3 }])
    })

    it('lets a zombie writer lose: what it saw is gone, and it books nothing twice', async () => {
      const place = ledgerRowPlace(rowOf('zombie'))
      const zombie = coldLedger()
      await zombie.bookRow(place, [spent(1)])
      await coldLedger().bookRow(place, [spent(2), spent(3)])
      expect(await zombie.bookRow(place, [spent(2), spent(3), spent(4)])).toEqual({ booked: 1, fenced: 2 })
      const { rows } = await zombie.readHours('zombie', [HOUR])
      expect(rows[0]?.minutes).toEqual([{ minute: 7, cost: 4_000n, entryRequests: 4 }])
    })

    it('ends with the same digits when many writers race with overlapping batches', async () => {
      const place = ledgerRowPlace(rowOf('race'))
      const records = Array.from({ length: 40 }, (_, i) => spent(i, `op ${i % 7}`))
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          const ledger = coldLedger()
          for (let from = 0; from < records.length; from += 3 + writer) {
            await ledger.bookRow(place, records.slice(0, from + 3 + writer))
          }
        }),
      )
      const { rows } = await coldLedger().readHours('race', [HOUR])
      expect(rows[0]?.minutes).toEqual([{ minute: 7, cost: 40_000n, entryRequests: 40 }])
      expect(rows[0]?.operations.reduce((sum, { cost }) => sum + cost, 0n)).toBe(40_000n)
    })

    it('keeps 38-digit counters exact', async () => {
      const huge = pack(9n * 10n ** 23n, 7n)
      const place = ledgerRowPlace(rowOf('huge'))
      await coldLedger().bookRow(place, [record(1, [[minuteCounter(0), huge]]), record(2, [[minuteCounter(0), huge]])])
      const { rows } = await coldLedger().readHours('huge', [HOUR])
      expect(rows[0]?.minutes).toEqual([{ minute: 0, cost: 18n * 10n ** 23n, entryRequests: 14 }])
    })

    it('writes a batch with more counters than one update holds in several', async () => {
      const wide = (offset: number): RecordCounters =>
        record(
          offset,
          Array.from({ length: 90 }, (_, i) => [skuCounter(`rate/wide/op ${offset}-${i % 30}` as Sku), 1n] as const),
        )
      const ledger = coldLedger()
      const records = [wide(1), wide(2), wide(3), ...Array.from({ length: 200 }, (_, i) => spent(10 + i, `op ${i}`))]
      expect(await ledger.bookRow(ledgerRowPlace(rowOf('wide')), records)).toEqual({ booked: 203, fenced: 0 })
      const { rows } = await coldLedger().readHours('wide', [HOUR])
      expect(rows[0]?.operations).toHaveLength(64)
      expect(rows[0]?.operations.reduce((sum, { spans }) => sum + spans, 0)).toBe(400)
    })

    it('reads parked usage beside its row, and front-door requests of an environment', async () => {
      const ledger = coldLedger()
      const sku = 'rate/parked/*' as Sku
      await ledger.bookRow(parkedRowPlace(ledgerRowPlace(rowOf('parked')), 7), [
        record(4, [[parkedCounter('GET /x', sku), pack(55n, 2n)]]),
      ])
      expect((await coldLedger().readHours('parked', [HOUR])).parked).toEqual([
        {
          ...rowOf('parked'),
          minute: 7,
          fence: { offset: 4, timestampMs: START + 4 },
          usage: [{ operation: 'GET /x', sku, quantity: 55n, spans: 2 }],
        },
      ])
      await ledger.bookRow(frontDoorRowPlace('prod', HOUR, 'k3f9.3'), [record(4, [[minuteCounter(59), 12n]])])
      expect(await ledger.readFrontDoor('prod', [HOUR])).toEqual([
        { environment: 'prod', hour: HOUR, minutes: [{ minute: 59, requests: 12 }] },
      ])
    })

    it('reads no other hours than the ones asked for', async () => {
      const ledger = coldLedger()
      for (const shift of [0, 1, 2, 26]) {
        const key = { ...rowOf('hours'), hour: hourOf((START + shift * 3_600_000) as EpochMs) }
        await ledger.bookRow(ledgerRowPlace(key), [spent(shift + 1)])
      }
      const at = (shift: number) => hourOf((START + shift * 3_600_000) as EpochMs)
      const { rows } = await ledger.readHours('hours', [at(0), at(2), at(26)])
      expect(rows.map(({ hour }) => hour)).toEqual([at(0), at(2), at(26)])
    })
  })
}
