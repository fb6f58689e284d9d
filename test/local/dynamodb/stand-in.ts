import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { type ManualClock, manualClock } from '../../../local/clock.ts'
import { type DynamoDbStandIn, startDynamoDb } from '../../../local/dynamodb/server.ts'
import { createTables } from '../../../local/tables.ts'

export const NOON = Date.parse('2026-11-23T12:00:00Z') as EpochMs

/** The stand-in with the four tables, a client, and every sleep it asked for (none is slept). */
export interface Opened {
  readonly db: DynamoDbStandIn
  readonly client: DynamoDBClient
  readonly clock: ManualClock
  readonly slept: number[]
  close(): Promise<void>
}

export async function openStandIn(folder?: string): Promise<Opened> {
  const clock = manualClock(NOON)
  const slept: number[] = []
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms)
  }
  const db = await startDynamoDb({ clock, sleep, ...(folder === undefined ? {} : { folder }) })
  const client = new DynamoDBClient({
    endpoint: db.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  await createTables(client)
  const close = async (): Promise<void> => {
    client.destroy()
    await db.close()
  }
  return { db, client, clock, slept, close }
}
