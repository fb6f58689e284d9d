import { BatchWriteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { createTables, LOCAL_TABLES, TABLES } from '../../../local/tables.ts'
import type { OpenTables, TableEngine } from '../../layers/adapters/table-engine.ts'
import { tableAdaptersSuite } from '../../layers/adapters/tables.suite.ts'
import { dynamoDbProtocolSuite } from '../../local/dynamodb/protocol.suite.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../engines/dynamodb-local.ts'
import { streamRecords } from './stream-records.ts'

let engine: DynamoDbLocal

beforeAll(async () => {
  engine = await startDynamoDbLocal()
  await createTables(engine.client)
})
afterAll(() => engine?.close())

/** The tables, emptied: one engine serves all suites, which run one after the other. */
async function open(): Promise<OpenTables> {
  const { client, endpoint } = engine
  await Promise.all(TABLES.map(empty))
  const records = () => streamRecords(endpoint, LOCAL_TABLES.BUDGETS_TABLE)
  const before = (await records()).length
  return {
    client,
    streamed: async () => (await records()).slice(before),
    expire: () => Promise.reject(new Error('DynamoDB Local expires when it likes')),
    close: async () => {},
  }
}

async function empty({ name, partitionKey, sortKey }: (typeof TABLES)[number]): Promise<void> {
  const keys = { ProjectionExpression: '#p, #s', ExpressionAttributeNames: { '#p': partitionKey, '#s': sortKey } }
  for await (const { Items = [] } of paginateScan(
    { client: engine.client, pageSize: 25 },
    { TableName: name, ...keys },
  )) {
    const entries = Items.map((Key) => ({ DeleteRequest: { Key } }))
    if (entries.length > 0) await engine.client.send(new BatchWriteItemCommand({ RequestItems: { [name]: entries } }))
  }
}

const dynamoDbLocal: TableEngine = { name: 'DynamoDB Local', expiresWhenAsked: false, open }

dynamoDbProtocolSuite(dynamoDbLocal)
tableAdaptersSuite(dynamoDbLocal, 10)
