import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectBudgetChanges } from '../../../layers/adapters/budgets-changes.ts'
import { connectBudgetEvents } from '../../../layers/adapters/budgets-events.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import { connectFlags } from '../../../layers/adapters/flags-table.ts'
import { connectDailyRows } from '../../../layers/adapters/ledger-days.ts'
import { connectParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../../layers/adapters/prices-table.ts'
import type { AlertLease } from '../../../layers/core/alerts/alert-lease.ts'
import type { ServiceChanges } from '../../../layers/core/budgets/change.ts'
import { freshState } from '../../../layers/core/budgets/judge.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import {
  minuteCounter,
  operationCounter,
  outcomeCounter,
  parkedCounter,
  waitingCounter,
} from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace, parkedRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { generationId } from '../../../layers/core/prices/generation.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { dayOf } from '../../../layers/core/time/days.ts'
import { type EpochMs, hourOf, type Minute, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { priceOf } from '../core/prices/prices.ts'
import { AnswerLost, type Fault, faultyClient } from './faulty-client.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const { LEDGER_TABLE, PRICES_TABLE, BUDGETS_TABLE, FLAGS_TABLE } = LOCAL_TABLES
const HOUR = hourOf(NOON)
const W = minuteOf(NOON)
const REQUEST = 'aws/lambda/request@us-east-1' as Sku
const FAULTS: readonly Fault[] = ['throttled', 'repeated', 'lost', 'no old item']

/** What the adapters promise when DynamoDB throttles, when answers are lost, and when old items do not come. */
export function adapterFaultsSuite(engine: TableEngine): void {
  describe(`the table adapters on a faulty ${engine.name}`, () => {
    let opened: OpenTables
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    /** Does it with the fault at each of its writes in turn, each time again until it is done; `name` is new each time. */
    async function atEachWrite(
      writes: number,
      act: (client: OpenTables['client'], name: string) => Promise<unknown>,
      check: (name: string, fault: Fault) => Promise<void>,
    ): Promise<void> {
      for (const fault of FAULTS) {
        // A missing old item befalls every write.
        for (let at = 0; at < (fault === 'no old item' ? 1 : writes); at += 1) {
          const name = `${fault} ${at}`
          const faulty = faultyClient(opened.client, fault, at)
          for (;;) {
            const failed = await act(faulty, name).then(
              () => undefined,
              (error: unknown) => error,
            )
            if (failed === undefined) break
            // Nothing but the fault itself comes through; the caller has its batch again.
            if (!(failed instanceof AnswerLost) && (failed as Error).name !== 'ThrottlingException') throw failed
          }
          await check(name, fault)
        }
      }
    }

    it('book a record once in its row and in its parked sibling', async () => {
      const place = (service: string) => ledgerRowPlace({ service, hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' })
      const record = (offset: number): RecordCounters => ({
        ...{ offset, timestampMs: NOON },
        counters: new Map([
          [minuteCounter(7), pack(1_000n, 1n)],
          [operationCounter('GET /x'), pack(1_000n, 1n)],
          [outcomeCounter('booked'), 1n],
        ]),
        parked: new Map([
          [
            7,
            new Map([
              [parkedCounter('GET /x', REQUEST), pack(4n, 1n)],
              [waitingCounter([REQUEST]), 1n],
            ]),
          ],
        ]),
      })
      // Two writes name the counters of each of the two rows, or more; then the row, its sibling, and both again.
      await atEachWrite(
        7,
        async (client, name) => {
          const ledger = connectLedger(client, LEDGER_TABLE, 90)
          await ledger.bookRow(place(name), [record(1)])
          await connectLedger(opened.client, LEDGER_TABLE, 90).bookRow(place(name), [record(1), record(2)])
          await ledger.bookRow(place(name), [record(1), record(2), record(3)])
        },
        async (name) => {
          const { rows, parked } = await connectLedger(opened.client, LEDGER_TABLE, 90).readHours(name, [HOUR])
          const booked = rows.flatMap(({ minutes }) => minutes).filter(({ cost }) => cost > 0n)
          expect(booked).toEqual([{ minute: 7, cost: 3_000n, entryRequests: 3 }])
          expect(parked.map(({ usage }) => usage)).toEqual([
            [{ operation: 'GET /x', sku: REQUEST, quantity: 12n, spans: 3 }],
          ])
        },
      )
    })

    it('settle parked usage once', async () => {
      const row = (service: string) =>
        parkedRowPlace(ledgerRowPlace({ service, hour: HOUR, commit: 'a1b2c3d', shard: 'k3f9.3' }), 9)
      const counters = new Map([
        [parkedCounter('GET /x', REQUEST), pack(4n, 1n)],
        [waitingCounter([REQUEST]), 1n],
      ])
      await atEachWrite(
        3,
        async (client, name) => {
          const place = row(`settled ${name}`)
          await connectLedger(opened.client, LEDGER_TABLE, 90).bookRow(place, [
            { offset: 1, timestampMs: NOON, counters },
          ])
          await connectParkedRows(client, LEDGER_TABLE, 90).settle(place, () => priceOf(REQUEST, '0.0000002'))
        },
        async (name) => {
          const { rows, parked } = await connectLedger(opened.client, LEDGER_TABLE, 90).readService(`settled ${name}`)
          expect(rows.flatMap(({ minutes }) => minutes)).toEqual([{ minute: 9, cost: 800_000n, entryRequests: 0 }])
          expect(parked.flatMap(({ usage }) => usage)).toEqual([])
        },
      )
    })

    it('set a daily row, and make its service known', async () => {
      const day = dayOf(NOON)
      const days = (client: OpenTables['client']) => connectDailyRows(client, LEDGER_TABLE, 13)
      const rowOf = (service: string) => ({
        ...{ service, day, commit: 'a1b2c3d', cost: parseUsd('1.5'), entryRequests: 7, bookedUpTo: NOON },
        ...{ operations: [], usage: [], outcomes: [] },
      })
      await atEachWrite(
        2,
        (client, name) => days(client).setDay(rowOf(`day ${name}`)),
        async (name) => {
          expect(await days(opened.client).readDays(`day ${name}`, day, day)).toEqual([rowOf(`day ${name}`)])
          expect(await days(opened.client).listServices()).toContain(`day ${name}`)
        },
      )
    })

    it('keep the newest flag, and a lease that was taken', async () => {
      const flagOf = (service: string, version: number): Flag => ({
        ...{ service, admit: 0.5, reason: 'burns', since: NOON, version },
        until: (NOON + 3_600_000) as EpochMs,
      })
      await atEachWrite(
        2,
        async (client, name) => {
          await connectFlags(opened.client, FLAGS_TABLE).putFlag(flagOf(name, 1), NOON)
          await connectFlags(client, FLAGS_TABLE).putFlag(flagOf(name, 2), NOON)
        },
        async (name) => {
          const flags = await connectFlagsReader(opened.client, FLAGS_TABLE, () => {})()
          expect(flags.find(({ service }) => service === name)).toEqual(flagOf(name, 2))
        },
      )
      const lease: AlertLease = { sending: { id: 'a', kind: 'warned', until: NOON } }
      await atEachWrite(
        1,
        (client, name) =>
          connectFlags(client, FLAGS_TABLE).takeLease(name, (was) => (was === undefined ? lease : undefined), NOON),
        async (name) => {
          const found: unknown[] = []
          const look = (was: AlertLease | undefined) => (found.push(was) === 1 ? {} : undefined)
          await connectFlags(opened.client, FLAGS_TABLE).takeLease(name, look, NOON)
          expect(found).toEqual([undefined, lease])
        },
      )
    })

    it('switch to a generation whole or not at all', async () => {
      let at = NOON
      await atEachWrite(
        3,
        async (client, name) => {
          at = (at + 1) as EpochMs
          const generation = { id: generationId(at, name), fetchedAt: at, prices: [priceOf(REQUEST, '0.2')] }
          expect(await connectPrices(client, PRICES_TABLE).switchTo(generation)).toBe('switched')
        },
        async (name) => {
          const prices = connectPrices(opened.client, PRICES_TABLE)
          const current = await prices.readCurrent()
          expect(current).toMatchObject({ id: generationId(at, name), size: 1 })
          expect(await prices.readGeneration(current?.id ?? '')).toHaveLength(1)
        },
      )
    })

    it('write a state, a change and an event of a budget once', async () => {
      const changes = (service: string): ServiceChanges => ({ service, override: null, grants: [], version: 1 })
      await atEachWrite(
        4,
        async (client, name) => {
          const fresh = freshState(name, 'shadow')
          const budgets = connectBudgets(client, BUDGETS_TABLE)
          await budgets.registerService(name)
          await budgets.writeState(fresh, { ...fresh, closed: W, version: 1 })
          const at = NOON
          await connectBudgetEvents(client, BUDGETS_TABLE).putEvent({
            ...{ service: name, at, what: 'clear', by: 'user/ada', reason: 'over', numbers: {} },
          })
          await connectBudgetChanges(client, BUDGETS_TABLE).writeChanges(
            { ...changes(name), version: 0 },
            changes(name),
          )
        },
        async (name) => {
          const budgets = connectBudgets(opened.client, BUDGETS_TABLE)
          const state = (await budgets.readStates()).find(({ service }) => service === name)
          expect(state).toMatchObject({ closed: W, version: 1 })
          expect(await budgets.readChangesOf(name)).toEqual(changes(name))
          expect(await budgets.readEvents(name, 9)).toHaveLength(1)
        },
      )
    })

    it('close a window once; a claim whose answer was lost runs out within a minute', async () => {
      let window = W
      await atEachWrite(
        2,
        async (client) => {
          window = (window + 1) as Minute
          const budgets = connectBudgets(client, BUDGETS_TABLE)
          const now = (NOON + window * 120_000) as EpochMs
          const claimed = await budgets.claimWindow(window, now)
          if (!claimed) expect(await budgets.claimWindow(window, (now + 60_001) as EpochMs)).toBe(true)
          await budgets.finishWindow(window)
        },
        async () => {
          const budgets = connectBudgets(opened.client, BUDGETS_TABLE)
          expect(await budgets.readClosed()).toBe(window)
          expect(await budgets.claimWindow(window, (NOON + 1e12) as EpochMs)).toBe(false)
        },
      )
    })
  })
}
