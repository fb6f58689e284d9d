import { afterAll, beforeAll } from 'vitest'
import { createTables } from '../../../local/tables.ts'
import { parkedRowsSuite } from '../../layers/adapters/ledger-parked.suite.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../engines/dynamodb-local.ts'

let engine: DynamoDbLocal

beforeAll(async () => {
  engine = await startDynamoDbLocal()
  await createTables(engine.client)
}, 120_000)

afterAll(() => engine?.close())

parkedRowsSuite('DynamoDB Local', () => engine.client, 10)
