import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { manualClock, realSleep } from '../../../local/clock.ts'
import { DataFolderUnusable } from '../../../local/dynamodb/engine.ts'
import { startDynamoDb } from '../../../local/dynamodb/server.ts'
import { NOON, type Opened, openStandIn } from './stand-in.ts'

const TABLE = 'tollgate-ledger'
const key = (row: string) => ({ service: { S: 'prod/checkout' }, row: { S: row } })

// What it answers as DynamoDB does is in protocol.suite.ts, which DynamoDB Local passes too.
describe('the time to live of the DynamoDB stand-in', () => {
  let opened: Opened
  beforeEach(async () => {
    opened = await openStandIn()
  })
  afterEach(() => opened.close())

  it('deletes what has expired, and leaves what has not, what never does, and what expired more than five years ago', async () => {
    const nowS = NOON / 1000
    const items = [
      ['past', String(nowS - 1)],
      ['now', String(nowS)],
      ['later', String(nowS + 1)],
      ['ancient', '12'],
    ] as const
    for (const [row, expiresAt] of items) {
      const Item = { ...key(row), expiresAt: { N: expiresAt } }
      await opened.client.send(new PutItemCommand({ TableName: TABLE, Item }))
    }
    await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: key('never') }))
    expect(await opened.db.expire(NOON)).toBe(2)
    const { Items } = await opened.client.send(new ScanCommand({ TableName: TABLE }))
    expect(Items?.map((item) => item.row?.S).toSorted()).toEqual(['ancient', 'later', 'never'])
  })
})

describe('the DynamoDB stand-in on a folder', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-tables-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('keeps tables, items and settings over a restart', async () => {
    const first = await openStandIn(folder)
    const Item = { ...key('r'), cost: { N: '99999999999999999999999999999999999999' }, expiresAt: { N: '1800000000' } }
    await first.client.send(new PutItemCommand({ TableName: TABLE, Item }))
    await first.close()
    const second = await openStandIn(folder)
    const { Item: kept } = await second.client.send(new GetItemCommand({ TableName: TABLE, Key: key('r') }))
    expect(kept).toEqual(Item)
    expect(await second.db.expire(1_800_000_000_000 as EpochMs)).toBe(1)
    await second.close()
  })

  it('says so when another process holds the folder', async () => {
    const first = await openStandIn(folder)
    const options = { folder, clock: manualClock(NOON), sleep: realSleep }
    await expect(startDynamoDb(options)).rejects.toBeInstanceOf(DataFolderUnusable)
    await first.close()
  })

  it('says so where the folder is none to write to', async () => {
    const options = { folder: fileURLToPath(import.meta.url), clock: manualClock(NOON), sleep: realSleep }
    await expect(startDynamoDb(options)).rejects.toBeInstanceOf(DataFolderUnusable)
  })
})

it('serves a client that sends no credentials of this world', async () => {
  const { db, close } = await openStandIn()
  const client = new DynamoDBClient({
    endpoint: db.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  })
  expect((await client.send(new ScanCommand({ TableName: TABLE }))).Count).toBe(0)
  client.destroy()
  await close()
})
