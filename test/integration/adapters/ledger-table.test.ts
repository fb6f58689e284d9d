import { afterAll, beforeAll } from 'vitest'
import { createTables } from '../../../local/tables.ts'
import { ledgerTableSuite } from '../../layers/adapters/ledger-table.suite.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../engines/dynamodb-local.ts'

let engine: DynamoDbLocal

beforeAll(async () => {
  engine = await startDynamoDbLocal()
  await createTables(engine.client)
}, 120_000)

afterAll(() => engine?.close())

ledgerTableSuite('DynamoDB Local', () => engine.client)
