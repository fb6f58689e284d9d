import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { removeSmokeRows } from '../../../layers/adapters/smoke-rows.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import { minuteCounter, operationCounter } from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

let opened: Opened
beforeAll(async () => {
  opened = await openStandIn()
})
afterAll(() => opened.close())

const rowOf = (service: string) =>
  ledgerRowPlace({ service, hour: hourOf(NOON as EpochMs), commit: 'smoke-1', shard: 'k3f9.0' })
const record = (offset: number) => ({
  offset,
  timestampMs: NOON as EpochMs,
  counters: new Map([
    [minuteCounter(0), pack(10_000_000_000n, 0n)],
    [operationCounter('smoke test'), pack(10_000_000_000n, 1n)],
  ]),
})

describe('what a smoke test leaves', () => {
  it('goes, and nothing else; a writer that knew its rows goes on, and readers still know its names', async () => {
    const ledger = connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)
    await ledger.bookRow(rowOf(SMOKE_SERVICE), [record(1)])
    await ledger.bookRow(rowOf('prod/orders'), [record(2)])
    expect(await removeSmokeRows(opened.client, LOCAL_TABLES.LEDGER_TABLE)).toBe(1)
    expect((await ledger.readService(SMOKE_SERVICE)).rows).toEqual([])
    expect((await ledger.readService('prod/orders')).rows).toHaveLength(1)

    await ledger.bookRow(rowOf(SMOKE_SERVICE), [record(3)])
    const reader = connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90)
    const [row] = (await reader.readService(SMOKE_SERVICE)).rows
    expect(row?.operations).toEqual([{ operation: 'smoke test', cost: 10_000_000_000n, spans: 1 }])
  })
})
