import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { connectPrices, PricesNotWritten } from '../../../layers/adapters/prices-table.ts'
import type { Generation } from '../../../layers/core/prices/generation.ts'
import type { Sku } from '../../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { priceOf } from '../core/prices/prices.ts'

const skus = Array.from({ length: 60 }, (_, n) => `aws/lambda/request@us-east-${n}` as Sku)
const generation: Generation = {
  id: '2026-11-24T08:00:00.000Z#1',
  fetchedAt: 0 as EpochMs,
  prices: skus.map((sku) => priceOf(sku, '0.0000002')),
}

/** A DynamoDB that takes at most `takes` items of a batch, and leaves the rest unprocessed. */
function stingyDynamo(takes: number, put: () => object = () => ({})) {
  const written: string[] = []
  const send = async (command: unknown): Promise<object> => {
    if (command instanceof PutItemCommand) return put()
    if (command instanceof GetItemCommand) return { Item: { generation: { S: generation.id } } }
    if (!(command instanceof BatchWriteItemCommand)) throw new Error('not foreseen')
    const [[table = '', requests = []] = []] = Object.entries(command.input.RequestItems ?? {})
    expect(requests.length).toBeLessThanOrEqual(25)
    for (const { PutRequest } of requests.slice(0, takes)) {
      written.push(`${PutRequest?.Item?.book?.S} ${PutRequest?.Item?.sku?.S}`)
    }
    const left = requests.slice(takes)
    return left.length === 0 ? {} : { UnprocessedItems: { [table]: left } }
  }
  return { client: { send } as unknown as DynamoDBClient, written }
}

describe('the Prices table', () => {
  it('writes every price of a generation once, then once as the last accepted, however little a batch takes', async () => {
    const { client, written } = stingyDynamo(7)
    const pauses: number[] = []
    const prices = connectPrices(client, 'prices', async (ms) => void pauses.push(ms))
    expect(await prices.switchTo(generation)).toBe('switched')
    expect(written.slice(0, 60).sort()).toEqual(skus.map((sku) => `${generation.id} ${sku}`).sort())
    expect(written.slice(60).sort()).toEqual(skus.map((sku) => `last ${sku}`).sort())
    expect(pauses.slice(0, 3)).toEqual([50, 100, 200])
  })

  it('does not switch to a generation that it could not write', async () => {
    let switched = false
    const { client } = stingyDynamo(0, () => {
      switched = true
      return {}
    })
    const prices = connectPrices(client, 'prices', async () => {})
    await expect(prices.switchTo(generation)).rejects.toEqual(new PricesNotWritten(25))
    expect(switched).toBe(false)
  })

  it('has switched when its own repeated write finds the pointer already moved', async () => {
    const { client } = stingyDynamo(25, () => {
      throw new ConditionalCheckFailedException({ message: 'repeat', $metadata: {} })
    })
    expect(await connectPrices(client, 'prices').switchTo(generation)).toBe('switched')
  })
})
