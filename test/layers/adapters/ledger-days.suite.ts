import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDailyRows, type DailyRows } from '../../../layers/adapters/ledger-days.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { minuteCounter, operationCounter } from '../../../layers/core/ledger/counters.ts'
import type { DailyRow } from '../../../layers/core/ledger/daily-row.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type Day, dayOf, hoursOfDay } from '../../../layers/core/time/days.ts'
import type { EpochMs, Hour } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const DAY = dayOf(NOON)
const dayAfter = (days: number): Day => (DAY + days) as Day

const rowOf = (service: string, day: Day, commit = 'a1b2c3d'): DailyRow => ({
  ...{ service, day, commit, cost: parseUsd('1234567890.000000000001'), entryRequests: 7 },
  operations: [{ operation: 'GET /x', cost: parseUsd('1234567890.000000000001'), spans: 9 }],
  usage: [{ sku: 'aws/lambda/request@us-east-1' as Sku, quantity: 10n ** 30n }],
  outcomes: [{ outcome: 'booked', spans: 9 }],
  bookedUpTo: NOON,
})

/** What the daily rows of the Ledger table promise. */
export function dailyRowsSuite(engine: TableEngine): void {
  describe(`daily rows on ${engine.name}`, () => {
    let opened: OpenTables
    let days: DailyRows
    beforeAll(async () => {
      opened = await engine.open()
      days = connectDailyRows(opened.client, LOCAL_TABLES.LEDGER_TABLE, 13)
    })
    afterAll(() => opened.close())

    it('come back as they were set, of the days that are asked for, every commit, to the digit', async () => {
      const rows = [rowOf('a', dayAfter(-1)), rowOf('a', DAY), rowOf('a', DAY, 'other'), rowOf('a', dayAfter(1))]
      for (const row of rows) await days.setDay(row)
      expect(await days.readDays('a', DAY, dayAfter(1))).toEqual(rows.slice(1))
      expect(await days.readDays('a', DAY, DAY)).toEqual(rows.slice(1, 3))
    })

    it('are replaced, not added to', async () => {
      await days.setDay(rowOf('b', DAY))
      await days.setDay({ ...rowOf('b', DAY), entryRequests: 8 })
      expect(await days.readDays('b', DAY, DAY)).toEqual([{ ...rowOf('b', DAY), entryRequests: 8 }])
    })

    it('lie beside hourly rows and the dictionary, and neither sees the other', async () => {
      const ledger = connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)
      const hour = hoursOfDay(DAY)[5] as Hour
      const counters = new Map([
        [minuteCounter(0), pack(1n, 1n)],
        [operationCounter('GET /x'), pack(1n, 1n)],
      ])
      const place = ledgerRowPlace({ service: 'c', hour, commit: 'a1b2c3d', shard: 'k3f9.0' })
      await ledger.bookRow(place, [{ offset: 1, timestampMs: 1 as EpochMs, counters }])
      await days.setDay(rowOf('c', DAY))
      expect(await days.readDays('c', dayAfter(-400), dayAfter(400))).toHaveLength(1)
      expect((await ledger.readService('c')).rows).toHaveLength(1)
      expect((await ledger.readHours('c', hoursOfDay(DAY))).rows[0]?.operations).toHaveLength(1)
    })

    it('name their services, and the night’s cursor is where it was left', async () => {
      expect(await days.listServices()).toEqual(['a', 'b', 'c'])
      expect(await days.readCursor()).toBeUndefined()
      await days.setCursor({ night: DAY, after: 'b', done: false })
      expect(await days.readCursor()).toEqual({ night: DAY, after: 'b', done: false })
    })
  })
}
