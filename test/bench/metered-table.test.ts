import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import type { EpochMs, Minute } from '../../layers/core/time/instants.ts'
import { meteredTable } from './metered-table.ts'

const WINDOW = 1000 as Minute
const NOW = 1 as EpochMs

describe('the tables that count units', () => {
  it('hold the conditions of a claim, and bill those that fail', async () => {
    const table = meteredTable()
    const budgets = connectBudgets(table.client, 'budgets')
    expect(await budgets.claimWindow(WINDOW, NOW)).toBe(true)
    expect(await budgets.claimWindow(WINDOW, NOW)).toBe(false)
    await budgets.finishWindow(WINDOW)
    expect(await budgets.claimWindow(WINDOW, NOW)).toBe(false)
    expect(await budgets.claimWindow((WINDOW + 1) as Minute, NOW)).toBe(true)
    expect(table.metered).toMatchObject({ writes: 5, writeUnits: 5, refusedUnits: 2 })
  })

  it('read a range of a partition, half a unit for each started 4 KiB where it may be stale', async () => {
    const table = meteredTable()
    for (const [service, row] of ['a 1', 'a 2', 'a 3', 'b 2'].map((each) => each.split(' '))) {
      await table.put('ledger', { service: { S: service ?? '' }, row: { S: row ?? '' }, text: { S: 'x'.repeat(3000) } })
    }
    const { Items } = await table.client.send(
      new QueryCommand({
        TableName: 'ledger',
        KeyConditionExpression: '#service = :service AND #row BETWEEN :first AND :last',
        ExpressionAttributeNames: { '#service': 'service', '#row': 'row' },
        ExpressionAttributeValues: { ':service': { S: 'a' }, ':first': { S: '2' }, ':last': { S: '3' } },
      }),
    )
    expect(Items?.map(({ row }) => row?.S)).toEqual(['2', '3'])
    expect(table.metered.readUnits).toBe(1) // 6,000 bytes are two times 4 KiB
  })

  it('refuse a query that they do not know', async () => {
    const query = new QueryCommand({ TableName: 'ledger', KeyConditionExpression: '#service = :a AND #row < :b' })
    await expect(meteredTable().client.send(query)).rejects.toThrow('does not know the query')
  })
})
