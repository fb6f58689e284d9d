import { CreateTableCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CloseWindowsPorts,
  closeDueWindows,
  WindowNotClosed,
} from '../../../functions/close-windows/close-due-windows.ts'
import { type BudgetsTable, connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { unchanged } from '../../../layers/core/budgets/change.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { FrontDoorRow, LedgerRow, ParkedRow } from '../../../layers/core/ledger/row.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import { type EpochMs, type Hour, hourOf, type Minute, minuteOf } from '../../../layers/core/time/instants.ts'
import { GRACE_MS, HOLD_MS, type PartitionProgress } from '../../../layers/core/windows/progress.ts'
import { priceOf } from '../../layers/core/prices/prices.ts'
import { NOON, type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'

/** The window that ends at noon. */
const W = (minuteOf(NOON) - 1) as Minute
const HOUR = hourOf((NOON - 1) as EpochMs)
const SERVICES = ['prod/a', 'prod/b', 'staging/c']
const configuration = configurationSchema.parse({
  budgets: [{ service: 'prod/*', limitUsd: '20', mode: 'enforce' }],
})
const fence = { offset: 1, timestampMs: NOON }
const noon = (ms: number): EpochMs => (NOON + ms) as EpochMs

/** Each service has spent since 11:40, the later ones more; `prod/a` far too much. */
function rowOf(service: string, hour: Hour): LedgerRow {
  const usd = service === 'prod/a' ? '3' : '0.0001'
  const minutes = hour === HOUR ? Array.from({ length: 20 }, (_, i) => 40 + i) : Array.from({ length: 10 }, (_, i) => i)
  return {
    service,
    hour,
    commit: 'c1',
    shard: 'k3f9.0',
    fence,
    minutes: minutes.map((minute) => ({ minute, cost: parseUsd(usd), entryRequests: 30 })),
    operations: [],
    usage: [],
    outcomes: [],
  }
}

const ledger = {
  readHours: async (service: string, hours: readonly Hour[]) => ({
    rows: hours.filter((hour) => hour === HOUR || hour === HOUR + 1).map((hour) => rowOf(service, hour)),
    parked: [] as ParkedRow[],
  }),
  readFrontDoor: async (environment: string, hours: readonly Hour[]): Promise<FrontDoorRow[]> =>
    hours.map((hour) => ({
      environment,
      hour,
      minutes: Array.from({ length: 60 }, (_, minute) => ({ minute, requests: environment === 'prod' ? 10 : 5 })),
    })),
} satisfies CloseWindowsPorts['ledger']

let opened: Opened
let tables = 0

beforeAll(async () => {
  opened = await openStandIn()
})
afterAll(() => opened.close())

/** A Budgets table of its own, with the services registered. */
async function newTable(): Promise<BudgetsTable> {
  tables += 1
  const TableName = `budgets-${tables}`
  await opened.client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'kind', AttributeType: 'S' },
        { AttributeName: 'subject', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'kind', KeyType: 'HASH' },
        { AttributeName: 'subject', KeyType: 'RANGE' },
      ],
    }),
  )
  const budgets = connectBudgets(opened.client, TableName)
  for (const service of SERVICES) await budgets.registerService(service)
  await budgets.finishWindow((W - 1) as Minute)
  return budgets
}

const closeOn = (budgets: BudgetsTable, changes: Partial<CloseWindowsPorts> = {}) =>
  closeDueWindows({ budgets, ledger, readBook: async () => createPriceBook([], 'none'), configuration, ...changes })

const statesOf = async (budgets: BudgetsTable): Promise<readonly BudgetState[]> =>
  [...(await budgets.readStates())].sort((a, b) => (a.service < b.service ? -1 : 1))

class Crash extends Error {}

/** The table as a process sees it that dies at its `at`-th write: before it, or after it and before the answer. */
function dying(budgets: BudgetsTable, at: number, applied: boolean): BudgetsTable {
  let writes = 0
  const write = async <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
    writes += 1
    if (writes > at || (writes === at && !applied)) throw new Crash()
    const answer = await run()
    if (writes === at) throw new Crash()
    return answer
  }
  return {
    ...budgets,
    putEvent: (event) => write(() => budgets.putEvent(event)),
    writeState: (before, after) => write(() => budgets.writeState(before, after)),
    claimWindow: (window, now) => write(() => budgets.claimWindow(window, now)),
    releaseWindow: (now) => write(() => budgets.releaseWindow(now)),
    finishWindow: (window) => write(() => budgets.finishWindow(window)),
  }
}

describe('the close', () => {
  it('judges every service by its rows, its environment and its budget, and answers with what it judged', async () => {
    const budgets = await newTable()
    const [closed] = await closeOn(budgets)([], noon(GRACE_MS))
    expect(closed).toMatchObject({ window: W, complete: true, unjudged: [] })
    expect(closed?.states).toHaveLength(3)
    const [a, , c] = await statesOf(budgets)
    expect(a).toMatchObject({ closed: W, mode: 'enforce', version: 1 })
    expect(a?.figures).toMatchObject({ limitUsd: '20', rollingUsd: '60', windowUsd: '3' })
    expect(c).toMatchObject({ mode: 'shadow', figures: { limitUsd: '500', rollingUsd: '0.002' } })
  })

  it('finds a closed window done, and closes the next when it is due', async () => {
    const budgets = await newTable()
    const close = closeOn(budgets)
    expect(await close([], noon(GRACE_MS - 1))).toEqual([])
    expect(await close([], noon(GRACE_MS))).toHaveLength(1)
    expect(await close([], noon(GRACE_MS + 30_000))).toEqual([])
    expect((await close([], noon(GRACE_MS + 60_000))).map(({ window }) => window)).toEqual([W + 1])
  })

  it('counts what it reads: a period for a service that is new, then the hours that enter and leave it, a period at a recount', async () => {
    const budgets = await newTable()
    const close = closeOn(budgets)
    const hoursRead: number[] = []
    for (let minute = 0; minute <= 60; minute += 1) {
      for (const { read } of await close([], noon(GRACE_MS + minute * 60_000))) hoursRead.push(read.hours)
    }
    const frontDoors = 2
    const period = 25
    expect(hoursRead[0]).toBe(SERVICES.length * period + frontDoors)
    const usual = hoursRead.slice(1).filter((hours) => hours <= SERVICES.length * 3 + frontDoors)
    const recounts = hoursRead.slice(1).filter((hours) => hours > SERVICES.length * 3 + frontDoors)
    expect(usual.length + recounts.length).toBe(60)
    // Each service is recounted once an hour, in a minute of its own.
    expect(recounts.length).toBeGreaterThan(0)
    expect(recounts.length).toBeLessThanOrEqual(SERVICES.length)
    expect(Math.max(...recounts)).toBeLessThanOrEqual(period + (SERVICES.length - 1) * 3 + frontDoors)
  })

  it('is done by one of two who come at once', async () => {
    const budgets = await newTable()
    const both = await Promise.all([closeOn(budgets)([], noon(GRACE_MS)), closeOn(budgets)([], noon(GRACE_MS))])
    expect(both.flat()).toHaveLength(1)
    expect((await statesOf(budgets)).map(({ version }) => version)).toEqual([1, 1, 1])
  })

  it('throttles within its windows, and catches up on thirty a call, in order', async () => {
    const budgets = await newTable()
    await budgets.finishWindow((W - 20) as Minute)
    const late = noon(GRACE_MS + 40 * 60_000)
    const close = closeOn(budgets)
    expect((await close([], late)).map(({ window }) => window)).toEqual(Array.from({ length: 30 }, (_, i) => W + i))
    expect(await close([], late)).toHaveLength(11)
    expect((await statesOf(budgets))[0]).toMatchObject({ closed: W + 40, phase: 'throttled' })
  })

  it('begins no window that it has no time for, and leaves the claim to the next', async () => {
    const budgets = await newTable()
    const late = noon(GRACE_MS + 5 * 60_000)
    const close = closeOn(budgets)
    let asked = 0
    expect(await close([], late, () => ++asked > 2)).toHaveLength(2)
    expect(await close([], late)).toHaveLength(4)
    expect(await budgets.readClosed()).toBe(W + 5)
  })

  // One claim, three states, one event of the service that is over, one finish.
  const crashes = [1, 2, 3, 4, 5, 6].flatMap((at) => [
    { at, applied: false },
    { at, applied: true },
  ])
  it.each(crashes)('that crashes at its write $at (applied: $applied) is made up for by the next', async (crash) => {
    const budgets = await newTable()
    const reference = await newTable()
    const [first, second] = [noon(GRACE_MS), noon(GRACE_MS + 61_000)]
    await closeOn(reference)([], first)
    await closeOn(reference)([], second)

    await expect(closeOn(dying(budgets, crash.at, crash.applied))([], first)).rejects.toThrow(Crash)
    await closeOn(budgets)([], second)
    expect(await statesOf(budgets)).toEqual(await statesOf(reference))
    expect(await budgets.readClosed()).toBe(await reference.readClosed())
    expect(await budgets.readEvents('prod/a', 10)).toEqual(await reference.readEvents('prod/a', 10))
  })

  it('of a window in which one service cannot be read judges the others, and comes back for that one', async () => {
    const budgets = await newTable()
    let outage = true
    const readHours: typeof ledger.readHours = async (service, hours) => {
      if (outage && service === 'prod/b') throw new Error('throttled')
      return ledger.readHours(service, hours)
    }
    const close = closeOn(budgets, { ledger: { ...ledger, readHours } })
    await expect(close([], noon(GRACE_MS))).rejects.toThrow(WindowNotClosed)
    expect((await statesOf(budgets)).map(({ version }) => version)).toEqual([1, 0, 1])
    outage = false
    // At once: the claim was given back.
    const [closed] = await close([], noon(GRACE_MS + 10_000))
    expect(closed?.states.map(({ after }) => after.service)).toEqual(['prod/b'])
    expect((await statesOf(budgets)).map(({ version }) => version)).toEqual([1, 1, 1])
  })

  it('does not wait for such a service longer than for a partition', async () => {
    const budgets = await newTable()
    const readHours: typeof ledger.readHours = async (service, hours) => {
      if (service === 'prod/b') throw new Error('corrupt')
      return ledger.readHours(service, hours)
    }
    const [closed] = await closeOn(budgets, { ledger: { ...ledger, readHours } })([], noon(HOLD_MS))
    expect(closed?.unjudged.map(({ service }) => service)).toEqual(['prod/b'])
    expect(await budgets.readClosed()).toBe(W)
  })

  it('writes nothing for a service that has spent nothing in a whole period', async () => {
    const budgets = await newTable()
    const empty = { ...ledger, readHours: async () => ({ rows: [], parked: [] }) }
    const close = closeOn(budgets, { ledger: empty })
    expect((await close([], noon(GRACE_MS)))[0]?.states).toHaveLength(3)
    expect((await close([], noon(GRACE_MS + 60_000)))[0]?.states).toEqual([])
    expect(await budgets.readClosed()).toBe(W + 1)
  })
})

describe('parked usage', () => {
  const sku = 'aws/lambda/request@us-east-1' as Sku
  const parkedRow = (service: string): ParkedRow => ({
    service,
    hour: HOUR,
    commit: 'c1',
    shard: 'k3f9.0',
    minute: 59,
    fence,
    usage: [{ operation: 'GET /', sku, quantity: 1_000_000n, spans: 10 }],
  })
  const DAY_MS = 86_400_000

  it.each([
    ['a price that holds', -1, '0.2', true],
    ['a price that ran out an hour ago', 3_600_000, '0.2', true],
    ['a price that ran out more than a day ago', DAY_MS + 60_000 + GRACE_MS, '0', false],
  ])('counts at %s', async (_, staleMs, windowUsd, complete) => {
    const budgets = await newTable()
    const price = { ...priceOf(sku, '0.0000002'), validUntil: noon(-staleMs + GRACE_MS) }
    const parkedLedger = {
      ...ledger,
      readHours: async (service: string) => ({ rows: [], parked: [parkedRow(service)] }),
    }
    const readBook = async () => createPriceBook([price], 'one')
    await closeOn(budgets, { ledger: parkedLedger, readBook })([], noon(GRACE_MS))
    const [a] = await statesOf(budgets)
    expect(a?.figures).toMatchObject({ windowUsd, complete })
  })

  it('without any price holds nothing up: a rate is missing, not a price list', async () => {
    const budgets = await newTable()
    const parkedLedger = {
      ...ledger,
      readHours: async (service: string) => ({ rows: [], parked: [parkedRow(service)] }),
    }
    await closeOn(budgets, { ledger: parkedLedger })([], noon(GRACE_MS))
    expect((await statesOf(budgets))[0]?.figures).toMatchObject({ windowUsd: '0', complete: true })
  })
})

describe('a partition that lags', () => {
  const lagging: PartitionProgress = {
    shard: 'k3f9.0',
    openSinceMs: noon(0),
    reportedAtMs: noon(0),
    report: { shard: 'k3f9.0', nextOffset: 1, newestTimestampMs: noon(-60_000), caughtUp: false },
  }

  it('holds windows for five minutes; then they close as lower bounds', async () => {
    const budgets = await newTable()
    const close = closeOn(budgets)
    expect(await close([lagging], noon(HOLD_MS - 1))).toEqual([])
    const [closed] = await close([lagging], noon(HOLD_MS))
    expect(closed?.complete).toBe(false)
    expect(closed?.states[0]?.after.figures.complete).toBe(false)
    expect(closed?.states[0]?.after.figures.windowUsd).toBe('3')
  })
})

describe('a change of a budget', () => {
  const change = { reason: 'why', by: 'asha', at: noon(-60_000), until: noon(90_000) }

  it('holds for the windows that end before it does', async () => {
    const budgets = await newTable()
    const grants = [{ usd: '1000', ...change }]
    await budgets.writeChanges(unchanged('prod/a'), { service: 'prod/a', override: null, grants, version: 1 })
    const close = closeOn(budgets)
    await close([], noon(GRACE_MS + 60_000))
    const [granted] = await statesOf(budgets)
    expect(granted).toMatchObject({ closed: W + 1, phase: 'warned', figures: { limitUsd: '1020' } })
    await close([], noon(GRACE_MS + 3 * 60_000))
    expect((await statesOf(budgets))[0]).toMatchObject({ phase: 'throttled', figures: { limitUsd: '20' } })
  })

  it('is an event, as is every turn of the judge', async () => {
    const budgets = await newTable()
    await closeOn(budgets)([], noon(GRACE_MS))
    await closeOn(budgets)([], noon(GRACE_MS + 60_000))
    expect(await budgets.readEvents('prod/a', 10)).toEqual([
      {
        service: 'prod/a',
        at: NOON,
        what: 'throttled',
        by: 'judge',
        reason: expect.stringContaining('fast rule'),
        numbers: expect.objectContaining({ limitUsd: '20', rollingUsd: '60', phase: 'throttled', mode: 'enforce' }),
      },
    ])
    expect(await budgets.readEvents('prod/b', 10)).toEqual([])
  })
})

describe('the blast radius of a close', () => {
  const hot: CloseWindowsPorts['ledger'] = {
    ...ledger,
    readHours: async (_, hours) => ({
      rows: hours.filter((hour) => hour === HOUR || hour === HOUR + 1).map((hour) => rowOf('prod/a', hour)),
      parked: [],
    }),
  }
  const narrow = configurationSchema.parse({
    budgets: [{ service: '*', limitUsd: '20', mode: 'enforce' }],
    blastRadius: { atLeast: 1 },
  })
  const phasesOf = async (budgets: BudgetsTable) => (await statesOf(budgets)).map(({ phase }) => phase)

  it('holds back all but one, says so, and lets the next follow in ten minutes', async () => {
    const budgets = await newTable()
    const close = closeOn(budgets, { ledger: hot, configuration: narrow })
    await close([], noon(GRACE_MS))
    expect(await phasesOf(budgets)).toEqual(['throttled', 'warned', 'warned'])
    expect((await statesOf(budgets))[1]).toMatchObject({
      admit: 1,
      reason: expect.stringContaining('held back by blast radius'),
    })
    expect((await budgets.readEvents('prod/b', 10)).map(({ what }) => what)).toEqual(['held_back'])
    await close([], noon(GRACE_MS + 9 * 60_000))
    expect(await phasesOf(budgets)).toEqual(['throttled', 'warned', 'warned'])
    await close([], noon(GRACE_MS + 10 * 60_000))
    expect(await phasesOf(budgets)).toEqual(['throttled', 'throttled', 'warned'])
  })

  it('lets whom a person allows', async () => {
    const budgets = await newTable()
    const override = { mode: 'enforce', reason: 'go', by: 'asha', at: noon(0), until: noon(HOLD_MS) } as const
    await budgets.writeChanges(unchanged('staging/c'), { service: 'staging/c', override, grants: [], version: 1 })
    await closeOn(budgets, { ledger: hot, configuration: narrow })([], noon(GRACE_MS))
    expect(await phasesOf(budgets)).toEqual(['throttled', 'warned', 'throttled'])
  })

  it('is the same after a crash between any two writes', async () => {
    const reference = await newTable()
    const at = noon(GRACE_MS)
    await closeOn(reference, { ledger: hot, configuration: narrow })([], at)
    for (const crash of [1, 2, 3, 4]) {
      const budgets = await newTable()
      const dies = closeOn(dying(budgets, crash, true), { ledger: hot, configuration: narrow })
      await expect(dies([], at)).rejects.toThrow()
      await closeOn(budgets, { ledger: hot, configuration: narrow })([], noon(GRACE_MS + 61_000))
      const [first, second] = await Promise.all([budgets.readEvents('prod/b', 10), reference.readEvents('prod/b', 10)])
      expect(first).toEqual(second)
      expect(await phasesOf(budgets)).toEqual(await phasesOf(reference))
    }
  })
})
