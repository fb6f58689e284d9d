import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BudgetEvents, connectBudgetEvents } from '../../../layers/adapters/budgets-events.ts'
import type { BudgetEvent } from '../../../layers/core/budgets/budget-event.ts'
import { MS_PER_DAY } from '../../../layers/core/time/days.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const eventOf = (service: string, at: number, what: BudgetEvent['what'] = 'throttled'): BudgetEvent => ({
  ...{ service, at: at as EpochMs, what, by: 'judge', reason: 'burns 12 times its pace' },
  numbers: { admit: 0.5, usd: '12.5', enforce: true, heldBack: null },
})

/** What the events of the Budgets table promise. */
export function budgetEventsSuite(engine: TableEngine): void {
  describe(`events of budgets on ${engine.name}`, () => {
    let opened: OpenTables
    let events: BudgetEvents
    beforeAll(async () => {
      opened = await engine.open()
      events = connectBudgetEvents(opened.client, LOCAL_TABLES.BUDGETS_TABLE)
    })
    afterAll(() => opened.close())

    it('come newest first, as many as are asked for, and of one service alone', async () => {
      expect(await events.readEvents('prod/a', 10)).toEqual([])
      const told = [0, 1, 2].map((minutes) => eventOf('prod/a', NOON + minutes * MS_PER_MINUTE))
      for (const event of told) await events.putEvent(event)
      await events.putEvent(eventOf('prod/ab', NOON))
      expect(await events.readEvents('prod/a', 10)).toEqual(told.toReversed())
      expect(await events.readEvents('prod/a', 2)).toEqual(told.slice(1).toReversed())
    })

    it('are there once however often one is written, and apart where two come at one instant', async () => {
      const [one, other] = [eventOf('prod/b', NOON), eventOf('prod/b', NOON, 'clear')]
      await Promise.all([one, one, other, one].map((event) => events.putEvent(event)))
      expect(await events.readEvents('prod/b', 10)).toEqual([one, other])
    })

    it('leave out one that cannot be read', async () => {
      const Item = { kind: { S: 'event#prod/b' }, subject: { S: '2099' }, event: { S: '{"service":"prod/b"}' } }
      await opened.client.send(new PutItemCommand({ TableName: LOCAL_TABLES.BUDGETS_TABLE, Item }))
      expect(await events.readEvents('prod/b', 10)).toHaveLength(2)
    })

    it.skipIf(!engine.expiresWhenAsked)('are kept for 90 days', async () => {
      const kept = eventOf('prod/c', Date.now() - 89 * MS_PER_DAY)
      await events.putEvent(kept)
      await events.putEvent(eventOf('prod/c', Date.now() - 91 * MS_PER_DAY))
      await opened.expire()
      expect(await events.readEvents('prod/c', 10)).toEqual([kept])
    })
  })
}
