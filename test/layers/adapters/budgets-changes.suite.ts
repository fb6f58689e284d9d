import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BudgetChanges, connectBudgetChanges } from '../../../layers/adapters/budgets-changes.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import type { ServiceChanges } from '../../../layers/core/budgets/change.ts'
import { MS_PER_DAY } from '../../../layers/core/time/days.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const UNCHANGED = { override: null, grants: [], version: 0 }
const changesOf = (service: string, version: number, until: EpochMs = NOON): ServiceChanges => ({
  service,
  override: { limitUsd: '5', mode: 'shadow', until, reason: 'sale', by: 'user/ada', at: NOON },
  grants: [{ usd: '100', until, reason: 'sale', by: 'user/ada', at: NOON }],
  version,
})

/** What the changes of the Budgets table promise. */
export function budgetChangesSuite(engine: TableEngine): void {
  describe(`changes of budgets on ${engine.name}`, () => {
    let opened: OpenTables
    let changes: BudgetChanges
    beforeAll(async () => {
      opened = await engine.open()
      changes = connectBudgetChanges(opened.client, LOCAL_TABLES.BUDGETS_TABLE)
    })
    afterAll(() => opened.close())

    it('are none before the first, and then what was written', async () => {
      expect(await changes.readChangesOf('prod/a')).toBeUndefined()
      expect(await changes.readChanges()).toEqual([])
      const first = changesOf('prod/a', 1)
      expect(await changes.writeChanges({ service: 'prod/a', ...UNCHANGED }, first)).toBe(true)
      expect(await changes.readChangesOf('prod/a')).toEqual(first)
      expect(await changes.readChanges()).toEqual([first])
    })

    it('are written by one of those who change the same thing side by side', async () => {
      for (const version of [0, 1]) {
        const before = { ...changesOf('prod/race', version), ...(version === 0 && UNCHANGED) }
        const all = Array.from({ length: 5 }, () => changes.writeChanges(before, changesOf('prod/race', version + 1)))
        expect((await Promise.all(all)).filter((written) => written)).toHaveLength(1)
      }
    })

    it('leave out one that cannot be read, and go on with the others', async () => {
      const broken = { kind: { S: 'change' }, subject: { S: 'prod/broken' }, change: { S: '{"service":' } }
      await opened.client.send(new PutItemCommand({ TableName: LOCAL_TABLES.BUDGETS_TABLE, Item: broken }))
      expect((await changes.readChanges()).map(({ service }) => service)).toEqual(['prod/a', 'prod/race'])
      await expect(changes.readChangesOf('prod/broken')).rejects.toThrow(SyntaxError)
    })

    it.skipIf(!engine.expiresWhenAsked)(
      'are forgotten a day after the last of them ran out, and stay as long as anything is cleared',
      async () => {
        const ago = (days: number): EpochMs => (Date.now() - days * MS_PER_DAY) as EpochMs
        const write = (after: ServiceChanges) => changes.writeChanges({ service: after.service, ...UNCHANGED }, after)
        await write(changesOf('prod/over', 1, ago(1.01)))
        await write(changesOf('prod/just', 1, ago(0.5)))
        await write({ service: 'prod/cleared', override: null, grants: [], version: 1 })
        await opened.expire()
        const kept = (await changes.readChanges()).map(({ service }) => service)
        expect(kept).toEqual(expect.arrayContaining(['prod/just', 'prod/cleared']))
        expect(kept).not.toContain('prod/over')
      },
    )

    it('know a service when the close knows it', async () => {
      expect(await changes.isKnown('prod/known')).toBe(false)
      await connectBudgets(opened.client, LOCAL_TABLES.BUDGETS_TABLE).registerService('prod/known')
      expect(await changes.isKnown('prod/known')).toBe(true)
    })
  })
}
