import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectFlagsReader } from '../../../layers/adapters/flags-reader.ts'
import { connectFlags } from '../../../layers/adapters/flags-table.ts'
import { connectDailyRows } from '../../../layers/adapters/ledger-days.ts'
import { connectParkedRows } from '../../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../../layers/adapters/prices-table.ts'
import { NewerSchema } from '../../../layers/adapters/schema-version.ts'
import type { CounterKey } from '../../../layers/core/ledger/counters.ts'
import type { RecordCounters } from '../../../layers/core/ledger/plan-update.ts'
import { ledgerRowPlace, parkedRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { type Day, dayOf } from '../../../layers/core/time/days.ts'
import { type EpochMs, hourOf, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const HOUR = hourOf(NOW)
const PLACE = ledgerRowPlace({ service: 'prod/a', hour: HOUR, commit: 'c', shard: 's.0' })
const { LEDGER_TABLE, PRICES_TABLE, BUDGETS_TABLE, FLAGS_TABLE } = LOCAL_TABLES

let opened: Opened
let client: DynamoDBClient
beforeAll(async () => {
  opened = await openStandIn()
  client = opened.client
})
afterAll(() => opened.close())

/** An item as some release after this one writes it. */
async function putNewer(table: string, keys: Record<string, string>): Promise<void> {
  const Item = Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, { S: value }]))
  await client.send(new PutItemCommand({ TableName: table, Item: { ...Item, v: { N: '2' }, f: { N: '0' } } }))
}

const addition = (offset: number, amount: number): RecordCounters => ({
  offset,
  timestampMs: NOW,
  counters: new Map([['m30' as CounterKey, BigInt(amount)]]),
  parked: new Map(),
})

describe('an item that a newer release has written', () => {
  it.each<readonly [what: string, put: () => Promise<void>, use: () => Promise<unknown>]>([
    [
      'a ledger row is not added to',
      () => putNewer(LEDGER_TABLE, { ...PLACE }),
      () => connectLedger(client, LEDGER_TABLE, 90).bookRow(PLACE, [addition(7, 1)]),
    ],
    [
      'a ledger row is not summed',
      () => putNewer(LEDGER_TABLE, { ...PLACE }),
      () => connectLedger(client, LEDGER_TABLE, 90).readHours('prod/a', [HOUR]),
    ],
    [
      'a parked row is not settled',
      () => putNewer(LEDGER_TABLE, { ...parkedRowPlace(PLACE, 30), q: 'new0' }),
      () => connectParkedRows(client, LEDGER_TABLE, 90).settle(parkedRowPlace(PLACE, 30), () => undefined),
    ],
    [
      'a daily row is not summed',
      () => putNewer(LEDGER_TABLE, { service: 'prod/a', row: 'd1#2026-11-20#c' }),
      () => connectDailyRows(client, LEDGER_TABLE, 13).readDays('prod/a', (dayOf(NOW) - 4) as Day, dayOf(NOW)),
    ],
    [
      'the night of a roll-up is not taken up',
      () => putNewer(LEDGER_TABLE, { service: '#roll-up', row: 'cursor' }),
      () => connectDailyRows(client, LEDGER_TABLE, 13).readCursor(),
    ],
    [
      'the price book is not read',
      () => putNewer(PRICES_TABLE, { book: 'current', sku: 'pointer', generation: 'g' }),
      () => connectPrices(client, PRICES_TABLE).readCurrent(),
    ],
    [
      'last accepted prices are not read',
      () => putNewer(PRICES_TABLE, { book: 'last', sku: 'x', price: '{}' }),
      () => connectPrices(client, PRICES_TABLE).readLast(),
    ],
    [
      "a service's changes are not written over",
      () => putNewer(BUDGETS_TABLE, { kind: 'change', subject: 'prod/a', change: '{}' }),
      () => connectBudgets(client, BUDGETS_TABLE).readChangesOf('prod/a'),
    ],
    [
      'progress is not taken for known',
      () => putNewer(BUDGETS_TABLE, { kind: 'progress', subject: 'partitions' }),
      () => connectBudgets(client, BUDGETS_TABLE).readProgress(),
    ],
    [
      'progress that was reported into it is not gone on with',
      () => putNewer(BUDGETS_TABLE, { kind: 'progress', subject: 'partitions' }),
      () =>
        connectBudgets(client, BUDGETS_TABLE).reportProgress(
          [{ shard: 's.0', nextOffset: 1, newestTimestampMs: NOW, caughtUp: true }],
          NOW,
        ),
    ],
    [
      'the closed window is not taken for known',
      () => putNewer(BUDGETS_TABLE, { kind: 'windows', subject: 'closed' }),
      () => connectBudgets(client, BUDGETS_TABLE).readClosed(),
    ],
    [
      'a lease is not taken over',
      () => putNewer(FLAGS_TABLE, { kind: 'alert', subject: 'prod/a', version: '1' }),
      () => connectFlags(client, FLAGS_TABLE).takeLease('prod/a', () => ({ told: undefined }), NOW),
    ],
  ])('%s: it says which release to deploy', async (_, put, use) => {
    await put()
    await expect(use()).rejects.toThrow(NewerSchema)
    await expect(use()).rejects.toThrow('deploy that one again')
  })

  it('keeps its version where it is updated in place', async () => {
    await putNewer(BUDGETS_TABLE, { kind: 'windows', subject: 'closed' })
    await connectBudgets(client, BUDGETS_TABLE).finishWindow(minuteOf(NOW))
    await expect(connectBudgets(client, BUDGETS_TABLE).readClosed()).rejects.toThrow(NewerSchema)
  })

  it('stops no other service: a state is left out and told, a flag is left out and counted', async () => {
    const told: string[] = []
    const budgets = connectBudgets(client, BUDGETS_TABLE, (service) => told.push(service))
    await budgets.registerService('prod/b')
    await putNewer(BUDGETS_TABLE, { kind: 'state', subject: 'prod/a', state: '{}' })
    expect((await budgets.readStates()).map(({ service }) => service)).toEqual(['prod/b'])
    expect(told).toEqual(['prod/a'])
    await putNewer(FLAGS_TABLE, { kind: 'flag', subject: 'prod/a', flag: '{}' })
    let left = 0
    const read = connectFlagsReader(client, FLAGS_TABLE, (count) => {
      left = count
    })
    expect([await read(), left]).toEqual([[], 1])
  })
})

/** The next release: it writes an attribute into each ledger row that this one does not know. */
const nextRelease = (): DynamoDBClient =>
  new Proxy(client, {
    get(target, property) {
      if (property !== 'send') return Reflect.get(target, property, target)
      return (command: { input: { UpdateExpression?: string } }) => {
        if (command instanceof UpdateItemCommand) {
          const { input } = command
          input.UpdateExpression = `${input.UpdateExpression}`.replace('SET ', 'SET #next = :next, ')
          input.ExpressionAttributeNames = { ...input.ExpressionAttributeNames, '#next': 'nextAttribute' }
          input.ExpressionAttributeValues = {
            ...input.ExpressionAttributeValues,
            ':next': { S: 'of the next release' },
          }
        }
        return target.send(command as never)
      }
    },
  })

describe('two releases side by side', () => {
  it('give the same digits, whoever books which records, however often', async () => {
    const releases = fc.array(
      fc.record({ next: fc.boolean(), from: fc.nat(9), size: fc.integer({ min: 1, max: 10 }) }),
      {
        minLength: 2,
        maxLength: 8,
      },
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(releases, async (deliveries) => {
        const service = `side-by-side-${run++}`
        const place = ledgerRowPlace({ service, hour: HOUR, commit: 'c', shard: 's.0' })
        const records = Array.from({ length: 10 }, (_, offset) => addition(offset, 10 ** offset))
        const writers = [
          connectLedger(client, LEDGER_TABLE, 90),
          connectLedger(nextRelease(), LEDGER_TABLE, 90),
        ] as const
        for (const { next, from, size } of deliveries) {
          // Kafka gives a partition from its committed offset on: a batch begins at or before what is booked.
          await writers[next ? 1 : 0].bookRow(place, records.slice(0, Math.min(from + size, 10)))
        }
        await writers[deliveries.length % 2 === 0 ? 0 : 1].bookRow(place, records)
        for (const reader of writers) {
          const { rows } = await reader.readHours(service, [HOUR])
          expect(rows.flatMap(({ minutes }) => minutes).map(({ entryRequests }) => entryRequests)).toEqual([
            1_111_111_111,
          ])
        }
      }),
      { numRuns: 12 },
    )
  })
})
