import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTables } from '../../../local/tables.ts'
import { closeHour } from '../../bench/close-units.ts'
import { FLEET } from '../../bench/cost-facts.ts'
import { type MeteredTable, meteredTable } from '../../bench/metered-table.ts'
import { countUnits, type Fleet } from '../../bench/write-units.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../engines/dynamodb-local.ts'

/** A command of the SDK, as far as it can be made again with another input. */
interface Command {
  readonly input: object
  readonly constructor: new (input: object) => Command
}

interface Compared {
  readonly command: string
  readonly counted: number
  readonly billed: number
}

/** Sends each command to both, answers with what DynamoDB Local answers, and keeps the units that both say. */
function comparing(dynamo: DynamoDBClient, compared: Compared[]): MeteredTable {
  const table = meteredTable()
  const units = (): number => table.metered.writeUnits + table.metered.readUnits
  const sendMetered = table.client.send as unknown as (command: Command) => Promise<object>
  const sendReal = dynamo.send.bind(dynamo) as unknown as (command: Command) => Promise<{
    readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | { readonly CapacityUnits?: number }[]
  }>
  const send = async (command: Command): Promise<object> => {
    const before = units()
    const modelled = sendMetered(command).catch(() => 'refused')
    const counted = units() - before // it counts at once, and other commands come before the answer
    const withUnits = new command.constructor({ ...command.input, ReturnConsumedCapacity: 'TOTAL' })
    try {
      const answer = await sendReal(withUnits)
      expect(await modelled).not.toBe('refused')
      const billed = [answer.ConsumedCapacity ?? []].flat()[0]?.CapacityUnits ?? 0
      compared.push({ command: command.constructor.name, counted, billed })
      return answer
    } catch (error) {
      // DynamoDB says nothing of the units of what it refuses; here both must refuse the same.
      expect(await modelled).toBe('refused')
      throw error
    }
  }
  const client: DynamoDBClient = Object.create(dynamo)
  client.send = send as unknown as typeof client.send
  const put = async (TableName: string, Item: Parameters<MeteredTable['put']>[1]): Promise<void> => {
    await table.put(TableName, Item)
    await dynamo.send(new PutItemCommand({ TableName, Item }))
  }
  return { ...table, client, put }
}

let local: DynamoDbLocal

beforeEach(async () => {
  local = await startDynamoDbLocal()
  await createTables(local.client)
})
afterEach(() => local?.close())

describe("the count of an hour's write units", () => {
  it('is what DynamoDB Local says, write by write and read by read', async () => {
    const fleet: Fleet = {
      ...FLEET,
      spansPerSecond: 2_000,
      services: 3,
      operations: 64,
      spansPerRecord: 500,
      containers: 2,
    }
    const compared: Compared[] = []
    const units = await countUnits(fleet, comparing(local.client, compared))
    expect(compared.length).toBeGreaterThan(300)
    const differ = compared.filter(({ counted, billed }) => counted !== billed)
    // The query of a dictionary that is empty yet: DynamoDB bills the least there is, DynamoDB Local nothing.
    expect(differ.filter(({ command, billed }) => command !== 'QueryCommand' || billed > 0)).toEqual([])
    expect(new Set(compared.map(({ billed }) => billed))).toEqual(new Set([0, 1, 2, 3]))
    expect(units.rowBytes).toBeGreaterThan(1_800)
  })
})

describe('the count of the closes of an hour', () => {
  it('is what DynamoDB Local says, command by command', async () => {
    const fleet: Fleet = { ...FLEET, spansPerSecond: 2_000, services: 2, partitions: 2, pollers: 2 }
    const compared: Compared[] = []
    const { closes, look } = await closeHour(fleet, 2, comparing(local.client, compared))
    expect(closes.writeUnits).toBeGreaterThan(2 * 3) // each state has more than 2 KiB
    expect(look.readUnits).toBe(2)
    const differ = compared.filter(({ counted, billed }) => counted !== billed)
    // Queries that find nothing: DynamoDB bills the least there is, DynamoDB Local nothing.
    expect(differ.filter(({ command, billed }) => command !== 'QueryCommand' || billed > 0)).toEqual([])
    expect(compared.filter(({ command }) => command === 'QueryCommand').length).toBeGreaterThan(60 * 4)
  })
})
