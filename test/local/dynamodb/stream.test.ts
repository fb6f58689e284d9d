import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBRecord } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StreamConsumer } from '../../../local/dynamodb/stream.ts'
import { NOON, type Opened, openStandIn } from './stand-in.ts'

const TABLE = 'tollgate-budgets'
const key = (subject: string) => ({ kind: { S: 'state' }, subject: { S: subject } })
const put = (client: DynamoDBClient, subject: string, closed: number) =>
  client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key(subject), closed: { N: String(closed) } } }))
const closedOf = (record: DynamoDBRecord): string | undefined => record.dynamodb?.NewImage?.closed?.N

describe("the Budgets table's stream", () => {
  let opened: Opened
  let seen: DynamoDBRecord[][]
  let discarded: DynamoDBRecord[]
  beforeEach(async () => {
    opened = await openStandIn()
    seen = []
    discarded = []
  })
  afterEach(() => opened.close())

  const consumer = (handler: StreamConsumer['handler'], name = 'publish-throttle'): StreamConsumer => ({
    name,
    handler: async (event) => {
      seen.push(event.Records)
      return handler(event)
    },
    maximumRetryAttempts: 2,
    onDiscard: (record) => discarded.push(record),
  })
  const accept = consumer(async () => undefined)

  it('marks what the time to live deleted', async () => {
    const expiresAt = { N: String(NOON / 1000 - 1) }
    await opened.client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key('a'), expiresAt } }))
    await opened.db.expire(NOON)
    opened.db.onStream(TABLE, accept)
    await opened.db.drain()
    expect(seen.flat()[1]).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      dynamodb: { OldImage: { expiresAt } },
    })
  })

  it('gives each consumer every record, past those that its filter leaves out', async () => {
    const mine: (string | undefined)[] = []
    opened.db.onStream(TABLE, accept)
    opened.db.onStream(TABLE, {
      ...accept,
      name: 'publish-alert',
      handler: async (event) => {
        mine.push(...event.Records.map(closedOf))
        return undefined
      },
      filter: (record) => closedOf(record) !== '2',
    })
    for (const closed of [1, 2, 3]) await put(opened.client, 'a', closed)
    await opened.db.drain()
    expect(seen.flat().map(closedOf)).toEqual(['1', '2', '3'])
    expect(mine).toEqual(['1', '3'])
  })

  it('tries again from the lowest failed record, and never again what came before it', async () => {
    for (const closed of [1, 2, 3, 4]) await put(opened.client, 'a', closed)
    let failed = false
    const flaky = consumer(async ({ Records }) => {
      if (failed) return undefined
      failed = true
      const identifiers = [Records[3], Records[1]].map((record) => record?.dynamodb?.SequenceNumber ?? '')
      return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) }
    })
    opened.db.onStream(TABLE, flaky)
    await opened.db.drain()
    expect(seen.map((batch) => batch.map(closedOf))).toEqual([['1', '2', '3', '4'], ['2', '3'], ['4']])
  })

  it('takes an identifier that is not in the batch for a failure of all of it', async () => {
    for (const closed of [1, 2]) await put(opened.client, 'a', closed)
    let failed = false
    const confused = consumer(async () => {
      if (failed) return undefined
      failed = true
      return { batchItemFailures: [{ itemIdentifier: '12' }] }
    })
    opened.db.onStream(TABLE, confused)
    await opened.db.drain()
    expect(seen.map((batch) => batch.map(closedOf))).toEqual([['1', '2'], ['1'], ['2']])
  })

  it('cuts a failing batch until the bad record is alone, gives that one up, and delivers the others once', async () => {
    for (const closed of [1, 2, 3, 4, 5]) await put(opened.client, 'a', closed)
    const delivered: (string | undefined)[] = []
    const poisoned = consumer(async ({ Records }) => {
      if (Records.some((record) => closedOf(record) === '3')) throw new Error('poison')
      delivered.push(...Records.map(closedOf))
      return undefined
    })
    opened.db.onStream(TABLE, poisoned)
    await opened.db.drain()
    expect(delivered).toEqual(['1', '2', '4', '5'])
    expect(discarded.map(closedOf)).toEqual(['3'])
    // Alone it is tried once, and then as often again as the consumer allows.
    expect(seen.filter((batch) => batch.length === 1 && batch.map(closedOf)[0] === '3')).toHaveLength(3)
    expect(Math.min(...opened.slept)).toBe(100)
  })
})

it('delivers after a restart what one of two consumers had not finished with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-stream-'))
  const seen: string[] = []
  const consumer = (name: string): StreamConsumer => ({
    name,
    handler: async ({ Records }) => {
      seen.push(...Records.map((record) => `${name} ${closedOf(record)}`))
      return undefined
    },
    maximumRetryAttempts: 0,
    onDiscard: () => expect.unreachable(),
  })
  const first = await openStandIn(folder)
  first.db.onStream(TABLE, consumer('a'))
  first.db.onStream(TABLE, consumer('b'))
  await put(first.client, 'x', 1)
  await first.db.drain()
  await first.close()
  const second = await openStandIn(folder)
  second.db.onStream(TABLE, consumer('a'))
  await put(second.client, 'x', 2)
  await second.db.drain()
  await second.close()
  const third = await openStandIn(folder)
  third.db.onStream(TABLE, consumer('a'))
  third.db.onStream(TABLE, consumer('b'))
  await third.db.drain()
  await third.close()
  await rm(folder, { recursive: true })
  // Each consumer gets its own records in order; which of the two is first is nobody's promise.
  const of = (name: string): readonly string[] => seen.filter((one) => one.startsWith(name))
  expect(of('a')).toEqual(['a 1', 'a 2'])
  expect(of('b')).toEqual(['b 1', 'b 2'])
})
