import { BatchWriteItemCommand, DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BudgetChange, eachBudgetChange } from '../../../layers/adapters/budget-stream.ts'
import { type BudgetsTable, connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { freshState } from '../../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { type Minute, minuteOf } from '../../../layers/core/time/instants.ts'
import { LOCAL_TABLES } from '../../../local/tables.ts'
import { NOON, type OpenTables, type TableEngine } from './table-engine.ts'

const TableName = LOCAL_TABLES.BUDGETS_TABLE
const W = minuteOf(NOON)

interface ImagesOf {
  readonly eventName: string
  readonly dynamodb: { readonly SequenceNumber: string; readonly OldImage?: object; readonly NewImage?: object }
}

/** What the Budgets table's stream tells of the adapters' writes. The suite's steps build on each other. */
export function budgetStreamSuite(engine: TableEngine): void {
  describe(`the Budgets table's stream on ${engine.name}`, () => {
    let opened: OpenTables
    let budgets: BudgetsTable
    let told = 0
    beforeAll(async () => {
      opened = await engine.open()
      budgets = connectBudgets(opened.client, TableName)
    })
    afterAll(() => opened.close())

    /** The records since it was asked last. */
    async function news(): Promise<readonly ImagesOf[]> {
      const all = (await opened.streamed()) as readonly ImagesOf[]
      const fresh = all.slice(told)
      told = all.length
      return fresh
    }
    const changesIn = async (Records: readonly ImagesOf[]): Promise<readonly BudgetChange[]> => {
      const changes: BudgetChange[] = []
      const answer = await eachBudgetChange(
        { Records },
        async (change) => void changes.push(change),
        (service, error) => expect.fail(`${service}: ${error}`),
      )
      expect(answer).toEqual({ batchItemFailures: [] })
      return changes
    }
    const judged = (state: BudgetState, phase: BudgetState['phase']): BudgetState => ({
      ...state,
      phase,
      closed: (W + state.version) as Minute,
      version: state.version + 1,
    })

    it('tells of each state that was written, in order, with the one before it', async () => {
      const fresh = freshState('prod/a', 'shadow')
      const [warned, throttled] = [judged(fresh, 'warned'), judged(judged(fresh, 'warned'), 'throttled')]
      await budgets.registerService('prod/a')
      await budgets.writeState(fresh, warned)
      await budgets.writeState(warned, throttled)
      const changes = await changesIn(await news())
      expect(changes.map(({ after }) => after)).toEqual([fresh, warned, throttled])
      expect(changes.map(({ before }) => before)).toEqual([
        undefined,
        { phase: 'within', mode: 'shadow', heldBack: undefined, version: 0 },
        { phase: 'warned', mode: 'shadow', heldBack: undefined, version: 1 },
      ])
    })

    it('tells nothing of writes that were refused, and of writes that change nothing', async () => {
      const fresh = freshState('prod/a', 'shadow')
      expect(await budgets.writeState(fresh, judged(fresh, 'warned'))).toBe(false)
      await budgets.registerService('prod/a')
      const Item = { kind: { S: 'odd' }, subject: { S: 'same' }, n: { N: '1' } }
      for (let again = 0; again < 3; again += 1) {
        await opened.client.send(new PutItemCommand({ TableName, Item }))
      }
      const records = await news()
      expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT'])
      expect(await changesIn(records)).toEqual([])
    })

    it('tells of progress and closed windows too, which are no states', async () => {
      await budgets.finishWindow(W)
      await budgets.finishWindow((W + 1) as Minute)
      const records = await news()
      expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY'])
      expect(await changesIn(records)).toEqual([])
    })

    it('tells of an insert, a change and a removal with both images', async () => {
      const Key = { kind: { S: 'odd' }, subject: { S: 'images' } }
      await opened.client.send(new PutItemCommand({ TableName, Item: { ...Key, n: { N: '1' } } }))
      const change = { UpdateExpression: 'SET n = :two', ExpressionAttributeValues: { ':two': { N: '2' } } }
      await opened.client.send(new UpdateItemCommand({ TableName, Key, ...change }))
      await opened.client.send(new DeleteItemCommand({ TableName, Key }))
      const records = await news()
      const [one, two] = ['1', '2'].map((N) => ({ ...Key, n: { N } }))
      expect(records.map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage, dynamodb.NewImage])).toEqual([
        ['INSERT', undefined, one],
        ['MODIFY', one, two],
        ['REMOVE', two, undefined],
      ])
    })

    it('tells of each item of a batch write', async () => {
      const key = (subject: string) => ({ kind: { S: 'odd' }, subject: { S: subject } })
      await opened.client.send(new PutItemCommand({ TableName, Item: key('old') }))
      const entries = [{ PutRequest: { Item: key('new') } }, { DeleteRequest: { Key: key('old') } }]
      await opened.client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: entries } }))
      // A batch has no order of its own.
      expect((await news()).map(({ eventName }) => eventName).sort()).toEqual(['INSERT', 'INSERT', 'REMOVE'])
    })

    it('keeps the order of an item under concurrent writes, each old image the new one before it', async () => {
      const Key = { kind: { S: 'odd' }, subject: { S: 'race' } }
      const add = { UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': { N: '1' } } }
      const command = () => new UpdateItemCommand({ TableName, Key, ...add })
      await Promise.all(Array.from({ length: 30 }, () => opened.client.send(command())))
      const records = (await news()).map(({ dynamodb }) => dynamodb)
      expect(records.map(({ NewImage }) => NewImage)).toEqual(
        Array.from({ length: 30 }, (_, n) => ({ ...Key, n: { N: String(n + 1) } })),
      )
      expect(records.map(({ OldImage }) => OldImage)).toEqual(
        [undefined, ...records.map((one) => one.NewImage)].slice(0, 30),
      )
      const numbers = records.map(({ SequenceNumber }) => SequenceNumber)
      expect(numbers).toEqual(numbers.toSorted())
    })
  })
}
