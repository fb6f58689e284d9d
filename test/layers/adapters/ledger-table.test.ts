import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { type Opened, openStandIn } from '../../local/dynamodb/stand-in.ts'
import { ledgerTableSuite } from './ledger-table.suite.ts'

let opened: Opened
let client: DynamoDBClient

beforeAll(async () => {
  opened = await openStandIn()
  client = opened.client
})

afterAll(() => opened.close())

ledgerTableSuite('the stand-in', () => client)
