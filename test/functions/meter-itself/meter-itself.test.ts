import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeterItselfPorts, meterItself } from '../../../functions/meter-itself/meter-itself.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { connectOwnMetrics } from '../../../layers/adapters/own-metrics.ts'
import { formatUsd, type Picodollars } from '../../../layers/core/money/picodollars.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import { type EpochMs, hourOf, MS_PER_HOUR, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { type FakeCloudWatch, startFakeCloudWatch } from '../../layers/adapters/fake-cloudwatch.ts'
import { type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

const NOW = Date.UTC(2026, 10, 24, 12, 20) as EpochMs
const HOUR = hourOf((NOW - MS_PER_HOUR) as EpochMs)
const MINUTE = minuteOf((NOW - MS_PER_HOUR) as EpochMs)
const VALID = { fetchedAt: NOW, validUntil: (NOW + MS_PER_HOUR) as EpochMs }

let opened: Opened
let cloudWatch: FakeCloudWatch
beforeAll(async () => {
  opened = await openStandIn()
  cloudWatch = await startFakeCloudWatch()
})
afterAll(async () => {
  await opened.close()
  await cloudWatch.close()
})

/** 100 invocations of 1,769 MB that took 2.5 s in all, and 40 write units of a table. */
function count(minute: number = MINUTE): void {
  cloudWatch.sums.set('AWS/Lambda Invocations tollgate-a', new Map([[minute, 100]]))
  cloudWatch.sums.set('AWS/Lambda Duration tollgate-a', new Map([[minute, 2_499.2]]))
  cloudWatch.sums.set('AWS/DynamoDB ConsumedWriteCapacityUnits tollgate-ledger', new Map([[minute, 40]]))
}

function meter(changes: Partial<MeterItselfPorts> = {}) {
  const prices = snapshotPrices(['us-east-1'], VALID)
  return meterItself({
    now: () => NOW,
    own: {
      service: 'tollgate',
      commit: '0.1.0',
      region: 'us-east-1',
      functions: [{ name: 'tollgate-a', memoryMb: 1769 }],
    },
    metrics: connectOwnMetrics(cloudWatch.client, ['tollgate-a'], ['tollgate-ledger']),
    readBook: async () => createPriceBook(prices, 'test'),
    bookRow: connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90).bookRow,
    budgets: connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE),
    ...changes,
  })
}

const rows = async () =>
  (await connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours('tollgate', [HOUR])).rows

describe('Tollgate in its own ledger', () => {
  it('books what its functions and tables used in the hour that has ended, at list price, to the picodollar', async () => {
    count()
    // 2,600 ms (each invocation up to a millisecond more than counted) x 1,769 MB = 4.4916015625 GB-s at $0.0000133334 = $0.00005988832;
    // 100 requests at $0.0000002; 40 write units at $0.000000625.
    const cost = 104_888_320n
    expect(await meter()({})).toEqual({ hours: 1, cost, usedPercent: null })
    const [row] = await rows()
    expect(row).toMatchObject({ service: 'tollgate', commit: '0.1.0', shard: 'self.0' })
    expect(row?.minutes).toEqual([{ minute: 20, cost, entryRequests: 100 }])
    expect(row?.operations.map(({ operation }) => operation).sort()).toEqual(['DynamoDB tollgate-ledger', 'tollgate-a'])
    expect(formatUsd(cost as Picodollars)).toBe('0.00010488832')
  })

  it('books an hour once, whoever asks how often', async () => {
    const before = await rows()
    expect(await meter()({})).toMatchObject({ hours: 0, cost: 0n })
    expect(await rows()).toEqual(before)
  })

  it('makes up for an hour that a run left out, and leaves alone the one that has not ended', async () => {
    count(MINUTE - 60)
    cloudWatch.sums.set(
      'AWS/Lambda Invocations tollgate-a',
      new Map([
        [MINUTE - 60, 1],
        [MINUTE + 60, 7],
      ]),
    )
    expect(await meter()({})).toMatchObject({ hours: 1 })
    expect((await rows())[0]?.minutes).toHaveLength(1)
  })

  it('has a budget like any other service, and says how much of it is used', async () => {
    const states = await connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE).readStates()
    expect(states.map(({ service }) => service)).toEqual(['tollgate'])
    const judged = states.map((state) => ({
      ...state,
      version: 1,
      figures: { ...state.figures, limitUsd: '5', rollingUsd: '4.5' },
    }))
    const budgets = { registerService: async () => {}, readStates: async () => judged }
    expect(await meter({ budgets })({})).toMatchObject({ usedPercent: 90 })
  })

  it("parks what has no price, as everybody's usage is", async () => {
    count(MINUTE - 120)
    const run = meter({ readBook: async () => createPriceBook([], 'empty') })
    expect(await run({})).toMatchObject({ hours: 1, cost: 0n })
    const { parked } = await connectLedger(opened.client, LOCAL_TABLES.LEDGER_TABLE, 90).readHours('tollgate', [
      (HOUR - 2) as typeof HOUR,
    ])
    expect(parked).not.toEqual([])
  })
})
