import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type DynamoDbStandIn, startDynamoDb } from '../../../local/dynamodb/server.ts'
import { createTables } from '../../../local/tables.ts'
import { parkedRowsSuite } from './ledger-parked.suite.ts'

let standIn: DynamoDbStandIn
let client: DynamoDBClient

beforeAll(async () => {
  standIn = await startDynamoDb({ clock: systemClock(), sleep: realSleep })
  client = new DynamoDBClient({
    endpoint: standIn.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  await createTables(client)
})

afterAll(async () => {
  client.destroy()
  await standIn.close()
})

parkedRowsSuite('the stand-in', () => client, 15)
