import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BudgetsTable, connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { freshState } from '../../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { type EpochMs, type Minute, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const NOW = NOON
const W = minuteOf(NOW)
const later = (ms: number): EpochMs => (NOW + ms) as EpochMs
const opening = (shard: string, offset: number) => ({ shard, first: { offset, timestampMs: NOW } })

/** What the states, the progress and the windows of the Budgets table promise. The suite's steps build on each other. */
export function budgetsTableSuite(engine: TableEngine): void {
  describe(`the Budgets table on ${engine.name}`, () => {
    let opened: OpenTables
    let budgets: BudgetsTable
    const unreadable: string[] = []

    beforeAll(async () => {
      opened = await engine.open()
      budgets = connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE, (service) => unreadable.push(service))
    })
    afterAll(() => opened.close())

    const stateOf = async (service: string): Promise<BudgetState | undefined> =>
      (await budgets.readStates()).find((state) => state.service === service)

    const judged = (state: BudgetState): BudgetState => ({
      ...state,
      closed: W,
      version: state.version + 1,
      admit: 0.5,
    })

    it('registers a service once, and leaves one that is known as it is', async () => {
      await budgets.registerService('prod/a')
      const fresh = freshState('prod/a', 'shadow')
      expect(await stateOf('prod/a')).toEqual(fresh)
      await budgets.writeState(fresh, judged(fresh))
      await budgets.registerService('prod/a')
      expect(await stateOf('prod/a')).toEqual(judged(fresh))
    })

    it('lets one of two who judged the same window write', async () => {
      await budgets.registerService('prod/b')
      const fresh = freshState('prod/b', 'shadow')
      expect(await budgets.writeState(fresh, judged(fresh))).toBe(true)
      expect(await budgets.writeState(fresh, { ...judged(fresh), admit: 0.1 })).toBe(false)
      expect((await stateOf('prod/b'))?.admit).toBe(0.5)
    })

    it('leaves out a state that it cannot read, and says whose', async () => {
      const Item = { kind: { S: 'state' }, subject: { S: 'prod/broken' }, state: { S: '{"v":9}' } }
      await opened.client.send(new PutItemCommand({ TableName: LOCAL_TABLES.BUDGETS_TABLE, Item }))
      const read = (await budgets.readStates()).map(({ service }) => service)
      expect(read).toContain('prod/a')
      expect(read).not.toContain('prod/broken')
      expect(unreadable).toContain('prod/broken')
    })

    it.skipIf(!engine.expiresWhenAsked)(
      'keeps a judged state for eight days, and one that was never judged without end',
      async () => {
        const judgedAgo = async (service: string, days: number): Promise<void> => {
          const fresh = freshState(service, 'shadow')
          await budgets.registerService(service)
          const closed = minuteOf((Date.now() - days * 86_400_000) as EpochMs)
          await budgets.writeState(fresh, { ...judged(fresh), closed })
        }
        await budgets.registerService('prod/waits')
        await judgedAgo('prod/lately', 7)
        await judgedAgo('prod/forgotten', 9)
        await opened.expire()
        expect(await stateOf('prod/lately')).toBeDefined()
        expect(await stateOf('prod/forgotten')).toBeUndefined()
        expect(await stateOf('prod/waits')).toBeDefined()
      },
    )

    it('knows no progress before there is any', async () => {
      expect(await budgets.readProgress()).toEqual([])
      expect(await budgets.readClosed()).toBeUndefined()
    })

    it('answers a report with the progress of all partitions, and marks the reported ones open no longer', async () => {
      await budgets.markOpen([opening('k3f9.0', 4), opening('k3f9.1', 7)], NOW)
      const report = {
        ...{ shard: 'k3f9.1', nextOffset: 8, caughtUp: true },
        ...{ newestTimestampMs: later(-5_000), highestTimestampMs: later(-4_000) },
      }
      const all = await budgets.reportProgress([report], later(1_000))
      expect(all).toEqual([
        { ...opening('k3f9.0', 4), openSinceMs: NOW, report: undefined, reportedAtMs: 0 },
        { ...opening('k3f9.1', 7), openSinceMs: undefined, report, reportedAtMs: later(1_000) },
      ])
      expect(await budgets.readProgress()).toEqual(all)
    })

    it('marks a partition open again without losing its report, and answers with what was reported', async () => {
      const [before] = await budgets.markOpen([opening('k3f9.1', 9)], later(2_000))
      expect(before).toMatchObject({ openSinceMs: undefined, report: { highestTimestampMs: later(-4_000) } })
      expect(before?.first).toEqual({ offset: 7, timestampMs: NOW })
      const [, reopened] = await budgets.readProgress()
      expect(reopened).toMatchObject({ openSinceMs: later(2_000), report: { nextOffset: 8 } })
    })

    it('has a partition that is tried again and again open since its first try', async () => {
      await budgets.markOpen([opening('k3f9.1', 9)], later(62_000))
      const [, retried] = await budgets.readProgress()
      expect(retried).toMatchObject({ openSinceMs: later(2_000) })
    })

    it('marks more partitions open, and reports more, than one expression of 4 KB has room for', async () => {
      const many = Array.from({ length: 300 }, (_, partition) => opening(`many.${partition}`, partition))
      await budgets.markOpen(many, NOW)
      const reports = many.map(({ shard, first }) => {
        return { shard, nextOffset: first.offset + 1, newestTimestampMs: NOW, highestTimestampMs: NOW, caughtUp: true }
      })
      const all = await budgets.reportProgress(reports, NOW)
      expect(all.filter(({ report }) => report?.shard.startsWith('many.'))).toHaveLength(300)
      const again = await budgets.markOpen([opening('many.299', 1_000)], NOW)
      expect(again).toMatchObject([{ shard: 'many.299', first: { offset: 299 } }])
    })

    it('gives a window to one closer, to another when that one has crashed, and to none when it is closed', async () => {
      expect(await budgets.claimWindow(W, NOW)).toBe(true)
      expect(await budgets.claimWindow(W, later(59_000))).toBe(false)
      expect(await budgets.claimWindow(W, later(61_000))).toBe(true)
      await budgets.finishWindow(W)
      expect(await budgets.readClosed()).toBe(W)
      expect(await budgets.claimWindow(W, later(200_000))).toBe(false)
      expect(await budgets.claimWindow((W + 1) as Minute, later(61_000))).toBe(true)
    })

    it('takes back a claim that was given back, and leaves the claim of another alone', async () => {
      const next = (W + 1) as Minute
      await budgets.releaseWindow(later(5_000))
      expect(await budgets.claimWindow(next, later(62_000))).toBe(false)
      await budgets.releaseWindow(later(61_000))
      expect(await budgets.claimWindow(next, later(62_000))).toBe(true)
    })

    it('never goes back to an older window', async () => {
      await budgets.finishWindow((W - 5) as Minute)
      expect(await budgets.readClosed()).toBe(W)
    })

    it('gives a look at held windows to one of those who close and look, twice a minute, with the look before', async () => {
      const next = (W + 1) as Minute
      const look = (ms: number, lagMs: number) => ({ at: later(ms), lagMs })
      expect(await budgets.claimLook(look(300_000, 90_000))).toEqual({ before: undefined })
      expect(await budgets.claimWindow(next, later(301_000))).toBe(false)
      await budgets.releaseWindow(later(300_000))
      expect(await budgets.claimLook(look(329_999, 95_000))).toBeUndefined()
      expect(await budgets.claimWindow(next, later(330_000))).toBe(true)
      expect(await budgets.claimLook(look(331_000, 99_000))).toBeUndefined()
      await budgets.releaseWindow(later(330_000))
      expect(await budgets.claimLook(look(332_000, 99_000))).toEqual({ before: look(300_000, 90_000) })
      await budgets.releaseWindow(later(332_000))
    })
  })
}
