import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { manualClock, realSleep } from '../../../local/clock.ts'
import { DataFolderUnusable } from '../../../local/dynamodb/engine.ts'
import { startDynamoDb } from '../../../local/dynamodb/server.ts'
import { NOON, type Opened, openStandIn } from './stand-in.ts'

const TABLE = 'tollgate-ledger'
const key = (row: string) => ({ service: { S: 'prod/checkout' }, row: { S: row } })

describe('the DynamoDB stand-in, through the SDK client', () => {
  let opened: Opened
  beforeEach(async () => {
    opened = await openStandIn()
  })
  afterEach(() => opened.close())

  const get = async (row: string) =>
    (await opened.client.send(new GetItemCommand({ TableName: TABLE, Key: key(row), ConsistentRead: true }))).Item

  it('has the four tables at once, each with its time to live', async () => {
    for (const name of ['ledger', 'prices', 'budgets', 'flags']) {
      const TableName = `tollgate-${name}`
      const { Table } = await opened.client.send(new DescribeTableCommand({ TableName }))
      expect(Table?.TableStatus).toBe('ACTIVE')
      const { TimeToLiveDescription } = await opened.client.send(new DescribeTimeToLiveCommand({ TableName }))
      expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' })
    }
  })

  it.each([
    [
      'UpdateItem',
      new UpdateItemCommand({
        TableName: TABLE,
        Key: key('r'),
        UpdateExpression: 'SET fence = :next',
        ConditionExpression: 'fence = :seen',
        ExpressionAttributeValues: { ':next': { N: '9' }, ':seen': { N: '4' } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ],
    [
      'PutItem',
      new PutItemCommand({
        TableName: TABLE,
        Item: key('r'),
        ConditionExpression: 'attribute_not_exists(service)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ],
    [
      'DeleteItem',
      new DeleteItemCommand({
        TableName: TABLE,
        Key: key('r'),
        ConditionExpression: 'attribute_not_exists(service)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ],
  ])('answers a failed condition of %s with the item that was in the way', async (_, command) => {
    const item = { ...key('r'), fence: { N: '5' }, cost: { N: '12' } }
    await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: item }))
    const error = await opened.client.send(command as UpdateItemCommand).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConditionalCheckFailedException)
    expect((error as ConditionalCheckFailedException).Item).toEqual(item)
    expect(await get('r')).toEqual(item)
  })

  it('answers a failed condition without an item where none was asked for, and where there is none', async () => {
    const condition = {
      TableName: TABLE,
      Key: key('none'),
      UpdateExpression: 'SET fence = :one',
      ConditionExpression: 'fence = :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    }
    const missing = new UpdateItemCommand({ ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
    await expect(opened.client.send(missing)).rejects.toSatisfy(
      (error) => error instanceof ConditionalCheckFailedException && error.Item === undefined,
    )
    await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key('none'), fence: { N: '2' } } }))
    await expect(opened.client.send(new UpdateItemCommand(condition))).rejects.toSatisfy(
      (error) => error instanceof ConditionalCheckFailedException && error.Item === undefined,
    )
  })

  it('gives each of many writers that race for one fence either the write or the item that beat it', async () => {
    const fences = Array.from({ length: 20 }, (_, index) => String(index + 1))
    const outcomes = await Promise.all(
      fences.map(async (fence) => {
        const compareAndSwap = new UpdateItemCommand({
          TableName: TABLE,
          Key: key('race'),
          UpdateExpression: 'SET fence = :fence ADD cost :fence',
          ConditionExpression: 'attribute_not_exists(fence)',
          ExpressionAttributeValues: { ':fence': { N: fence } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        })
        try {
          await opened.client.send(compareAndSwap)
          return fence
        } catch (error) {
          return (error as ConditionalCheckFailedException).Item?.fence?.N
        }
      }),
    )
    expect(new Set(outcomes)).toEqual(new Set([(await get('race'))?.fence?.N]))
  })

  it('adds numbers of up to 38 digits exactly, negative ones too', async () => {
    const limit = 10n ** 37n
    const numbers = fc.array(fc.bigInt({ min: -limit, max: limit }), { minLength: 1, maxLength: 9 })
    let row = 0
    await fc.assert(
      fc.asyncProperty(numbers, async (amounts) => {
        row += 1
        for (const amount of amounts) {
          await opened.client.send(
            new UpdateItemCommand({
              TableName: TABLE,
              Key: key(`sum-${row}`),
              UpdateExpression: 'ADD cost :amount',
              ExpressionAttributeValues: { ':amount': { N: String(amount) } },
            }),
          )
        }
        const sum = amounts.reduce((total, amount) => total + amount, 0n)
        expect((await get(`sum-${row}`))?.cost?.N).toBe(String(sum))
      }),
      { numRuns: 20 },
    )
  })

  it('takes 250 counters in one update', async () => {
    const counters = Array.from({ length: 250 }, (_, index) => index)
    await opened.client.send(
      new UpdateItemCommand({
        TableName: TABLE,
        Key: key('wide'),
        UpdateExpression: `ADD ${counters.map((n) => `#${n} :${n}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(counters.map((n) => [`#${n}`, `c${n}`])),
        ExpressionAttributeValues: Object.fromEntries(counters.map((n) => [`:${n}`, { N: String(n) }])),
      }),
    )
    expect((await get('wide'))?.c249?.N).toBe('249')
  })

  it('passes batches, queries and scans through, in the order of the sort key', async () => {
    const rows = ['g1#2026-11-23T08#b', 'g1#2026-11-23T08#ä', 'g1#2026-11-23T09#a']
    const puts = rows.map((row) => ({ PutRequest: { Item: key(row) } }))
    await opened.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }))
    const batch = await opened.client.send(
      new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: rows.map(key) } } }),
    )
    expect(batch.Responses?.[TABLE]).toHaveLength(3)
    const query = new QueryCommand({
      TableName: TABLE,
      KeyConditionExpression: 'service = :service AND begins_with(#row, :hour)',
      ExpressionAttributeNames: { '#row': 'row' },
      ExpressionAttributeValues: { ':service': { S: 'prod/checkout' }, ':hour': { S: 'g1#2026-11-23T08' } },
    })
    const { Items } = await opened.client.send(query)
    expect(Items?.map((item) => item.row?.S)).toEqual(rows.slice(0, 2))
    expect((await opened.client.send(new ScanCommand({ TableName: TABLE }))).Count).toBe(3)
  })

  it('answers for a table that is not there as DynamoDB does', async () => {
    const write = new PutItemCommand({ TableName: 'nowhere', Item: key('r') })
    await expect(opened.client.send(write)).rejects.toBeInstanceOf(ResourceNotFoundException)
  })

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
