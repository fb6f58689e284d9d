import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTables, LOCAL_TABLES } from '../../../local/tables.ts'
import type { OpenTables, TableEngine } from '../../layers/adapters/table-engine.ts'

const TABLE = LOCAL_TABLES.LEDGER_TABLE

/** Clauses that make an expression beginning with `SET ` so many bytes long. */
function clausesOf(bytes: number): string {
  const clauses = Array.from({ length: 400 }, (_, i) => `a${i} = :n`)
  const fitting = clauses.slice(0, Math.floor((bytes - 100) / 11)).join(', ')
  return `${fitting}, ${'z'.repeat(bytes - 'SET '.length - fitting.length - ', '.length - ' = :n'.length)} = :n`
}

/** What DynamoDB answers, as far as Tollgate builds on it. Each test has a partition of its own. */
export function dynamoDbProtocolSuite(engine: TableEngine): void {
  describe(`DynamoDB's protocol on ${engine.name}, through the SDK client`, () => {
    let opened: OpenTables
    beforeAll(async () => {
      opened = await engine.open()
    })
    afterAll(() => opened.close())

    const keyOf = (service: string, row = 'r') => ({ service: { S: service }, row: { S: row } })
    const put = (item: Record<string, { S: string } | { N: string }>) =>
      opened.client.send(new PutItemCommand({ TableName: TABLE, Item: item }))
    const get = async (service: string, row?: string) => {
      const command = new GetItemCommand({ TableName: TABLE, Key: keyOf(service, row), ConsistentRead: true })
      return (await opened.client.send(command)).Item
    }
    const update = (input: Omit<UpdateItemCommandInput, 'TableName'>) =>
      opened.client.send(new UpdateItemCommand({ TableName: TABLE, ...input }))

    it('has the four tables at once, each with its time to live', async () => {
      for (const TableName of Object.values(LOCAL_TABLES)) {
        const { Table } = await opened.client.send(new DescribeTableCommand({ TableName }))
        expect(Table?.TableStatus).toBe('ACTIVE')
        const { TimeToLiveDescription } = await opened.client.send(new DescribeTimeToLiveCommand({ TableName }))
        expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' })
      }
    })

    it('leaves tables alone that are there already, and refuses to enable their time to live again', async () => {
      await put({ ...keyOf('there'), cost: { N: '1' } })
      await createTables(opened.client)
      expect((await get('there'))?.cost?.N).toBe('1')
      const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true }
      const again = new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification })
      await expect(opened.client.send(again)).rejects.toThrow('TimeToLive is already enabled')
    })

    it.each([
      [
        'UpdateItem',
        new UpdateItemCommand({
          TableName: TABLE,
          Key: keyOf('old UpdateItem'),
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
          Item: keyOf('old PutItem'),
          ConditionExpression: 'attribute_not_exists(service)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ],
      [
        'DeleteItem',
        new DeleteItemCommand({
          TableName: TABLE,
          Key: keyOf('old DeleteItem'),
          ConditionExpression: 'attribute_not_exists(service)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ],
    ])('answers a failed condition of %s with the item that was in the way', async (name, command) => {
      const item = { ...keyOf(`old ${name}`), fence: { N: '5' }, cost: { N: '12' } }
      await put(item)
      const error = await opened.client.send(command as UpdateItemCommand).catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(ConditionalCheckFailedException)
      expect((error as ConditionalCheckFailedException).Item).toEqual(item)
      expect(await get(`old ${name}`)).toEqual(item)
    })

    it('answers a failed condition without an item where none was asked for, and where there is none', async () => {
      const condition = {
        Key: keyOf('none'),
        UpdateExpression: 'SET fence = :one',
        ConditionExpression: 'fence = :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }
      const hasNoItem = (error: unknown): boolean =>
        error instanceof ConditionalCheckFailedException && error.Item === undefined
      const asking = update({ ...condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
      await expect(asking).rejects.toSatisfy(hasNoItem)
      await put({ ...keyOf('none'), fence: { N: '2' } })
      await expect(update(condition)).rejects.toSatisfy(hasNoItem)
    })

    it('gives each of many writers that race for one fence either the write or the item that beat it', async () => {
      const fences = Array.from({ length: 20 }, (_, index) => String(index + 1))
      const outcomes = await Promise.all(
        fences.map(async (fence) => {
          try {
            await update({
              Key: keyOf('race'),
              UpdateExpression: 'SET fence = :fence ADD cost :fence',
              ConditionExpression: 'attribute_not_exists(fence)',
              ExpressionAttributeValues: { ':fence': { N: fence } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            })
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
            await update({
              Key: keyOf('sum', String(row)),
              UpdateExpression: 'ADD cost :amount',
              ExpressionAttributeValues: { ':amount': { N: String(amount) } },
            })
          }
          const sum = amounts.reduce((total, amount) => total + amount, 0n)
          expect((await get('sum', String(row)))?.cost?.N).toBe(String(sum))
        }),
        { numRuns: 20 },
      )
    })

    it('refuses a number of more than 38 digits', async () => {
      const add = (N: string) =>
        update({ Key: keyOf('digits'), UpdateExpression: 'ADD cost :n', ExpressionAttributeValues: { ':n': { N } } })
      await expect(add('1'.repeat(39))).rejects.toThrow(/38 (significant )?digits/)
      await add('9'.repeat(38))
      expect((await get('digits'))?.cost?.N).toBe('9'.repeat(38))
      // A sum of more digits DynamoDB refuses, and dynalite does not: packed.ts keeps counters from getting there.
    })

    it('takes 250 counters in one update', async () => {
      const counters = Array.from({ length: 250 }, (_, index) => index)
      await update({
        Key: keyOf('wide'),
        UpdateExpression: `ADD ${counters.map((n) => `#${n} :${n}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(counters.map((n) => [`#${n}`, `c${n}`])),
        ExpressionAttributeValues: Object.fromEntries(counters.map((n) => [`:${n}`, { N: String(n) }])),
      })
      expect((await get('wide'))?.c249?.N).toBe('249')
    })

    it('takes an expression of 4 KB', async () => {
      const ExpressionAttributeValues = { ':n': { N: '1' } }
      await update({ Key: keyOf('4 KB'), UpdateExpression: `SET ${clausesOf(4_096)}`, ExpressionAttributeValues })
      expect(Object.keys((await get('4 KB')) ?? {}).length).toBeGreaterThan(300)
    })

    it.each([
      ['an expression of more than 4 KB', `SET ${clausesOf(4_097)}`, { ':n': { N: '1' } }],
      ['a value that no expression uses', 'SET a = :n', { ':n': { N: '1' }, ':m': { N: '1' } }],
      ['a value that is not given', 'SET a = :n, b = :m', { ':n': { N: '1' } }],
      ['two clauses for one attribute', 'SET a = :n ADD a :n', { ':n': { N: '1' } }],
      ['a key in an update', 'SET #row = :n', { ':n': { S: 'x' } }],
      ['an addition to what is no number', 'ADD a :n', { ':n': { S: 'x' } }],
    ])('refuses %s', async (_, UpdateExpression, ExpressionAttributeValues) => {
      const names = UpdateExpression.includes('#row') ? { ExpressionAttributeNames: { '#row': 'row' } } : {}
      const refused = update({ Key: keyOf('refused'), UpdateExpression, ExpressionAttributeValues, ...names } as never)
      await expect(refused).rejects.toMatchObject({ name: 'ValidationException' })
      expect(await get('refused')).toBeUndefined()
    })

    it('refuses an item of more than 400 KB, by put and by update, and leaves what was there', async () => {
      const half = 'x'.repeat(250_000)
      await put({ ...keyOf('large'), a: { S: half } })
      await expect(put({ ...keyOf('larger'), a: { S: half }, b: { S: half } })).rejects.toThrow(/size/i)
      const grown = update({
        Key: keyOf('large'),
        UpdateExpression: 'SET b = :b',
        ExpressionAttributeValues: { ':b': { S: half } },
      })
      await expect(grown).rejects.toThrow(/size/i)
      expect(Object.keys((await get('large')) ?? {}).toSorted()).toEqual(['a', 'row', 'service'])
    })

    it('answers an update with the item before or after it, and keeps what if_not_exists finds', async () => {
      const count = (ReturnValues: 'ALL_OLD' | 'ALL_NEW') =>
        update({
          Key: keyOf('answers'),
          UpdateExpression: 'SET kept = if_not_exists(kept, :n) ADD sums :n REMOVE gone',
          ExpressionAttributeValues: { ':n': { N: '2' } },
          ReturnValues,
        })
      expect((await count('ALL_OLD')).Attributes).toBeUndefined()
      expect((await count('ALL_OLD')).Attributes).toEqual({ ...keyOf('answers'), kept: { N: '2' }, sums: { N: '2' } })
      expect((await count('ALL_NEW')).Attributes).toEqual({ ...keyOf('answers'), kept: { N: '2' }, sums: { N: '6' } })
    })

    it('passes batches, queries and scans through, in the order of the sort key', async () => {
      const rows = ['g1#2026-11-23T08#b', 'g1#2026-11-23T08#ä', 'g1#2026-11-23T09#a']
      const puts = rows.map((row) => ({ PutRequest: { Item: keyOf('ordered', row) } }))
      await opened.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }))
      const batch = await opened.client.send(
        new BatchGetItemCommand({ RequestItems: { [TABLE]: { Keys: rows.map((row) => keyOf('ordered', row)) } } }),
      )
      expect(batch.Responses?.[TABLE]).toHaveLength(3)
      const query = new QueryCommand({
        TableName: TABLE,
        KeyConditionExpression: 'service = :service AND begins_with(#row, :hour)',
        ExpressionAttributeNames: { '#row': 'row' },
        ExpressionAttributeValues: { ':service': { S: 'ordered' }, ':hour': { S: 'g1#2026-11-23T08' } },
      })
      const { Items } = await opened.client.send(query)
      expect(Items?.map((item) => item.row?.S)).toEqual(rows.slice(0, 2))
      const { Items: all = [] } = await opened.client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))
      expect(all.filter((item) => item.service?.S === 'ordered')).toHaveLength(3)
    })

    it('orders sort keys by their UTF-8 bytes, and has no key above U+FFFF beyond its BETWEEN', async () => {
      const rows = ['a', 'a#', 'aA', 'aa', 'a\u00e4', 'a\uffee', 'a\u{1f600}', 'b']
      for (const row of rows.toReversed()) await put(keyOf('bytes', row))
      const between = async (first: string, last: string) => {
        const { Items } = await opened.client.send(
          new QueryCommand({
            TableName: TABLE,
            KeyConditionExpression: 'service = :service AND #row BETWEEN :first AND :last',
            ExpressionAttributeNames: { '#row': 'row' },
            ExpressionAttributeValues: { ':service': { S: 'bytes' }, ':first': { S: first }, ':last': { S: last } },
          }),
        )
        return Items?.map((item) => item.row?.S)
      }
      expect(await between('a', 'b')).toEqual(rows)
      // A character beyond the basic plane sorts behind U+FFFF: no name of Tollgate's has one behind its prefix.
      expect(await between('a', 'a\uffff')).toEqual(rows.slice(0, 6))
    })

    it('lists rows in the sparse index while they have its attribute, keys only, page by page', async () => {
      const rows = ['1', '2', '3', '4', '5']
      for (const row of rows) await put({ ...keyOf('indexed', row), q: { S: 'bucket of this test' }, cost: { N: '1' } })
      await put({ ...keyOf('indexed', 'not listed'), cost: { N: '1' } })
      await update({ Key: keyOf('indexed', '2'), UpdateExpression: 'REMOVE q' })
      const found: unknown[] = []
      let from: Record<string, { S: string }> | undefined
      let pages = 0
      do {
        const { Items = [], LastEvaluatedKey } = await opened.client.send(
          new QueryCommand({
            TableName: TABLE,
            IndexName: 'parked',
            KeyConditionExpression: 'q = :q',
            ExpressionAttributeValues: { ':q': { S: 'bucket of this test' } },
            Limit: 2,
            ExclusiveStartKey: from,
          }),
        )
        found.push(...Items)
        from = LastEvaluatedKey as typeof from
        pages += 1
      } while (from !== undefined)
      expect(found).toEqual(
        ['1', '3', '4', '5'].map((row) => ({ ...keyOf('indexed', row), q: { S: 'bucket of this test' } })),
      )
      expect(pages).toBe(3)
    })

    it('answers for a table that is not there, and for one that is, as DynamoDB does', async () => {
      const nowhere = new PutItemCommand({ TableName: 'nowhere', Item: keyOf('x') })
      await expect(opened.client.send(nowhere)).rejects.toBeInstanceOf(ResourceNotFoundException)
      const { Table } = await opened.client.send(new DescribeTableCommand({ TableName: TABLE }))
      const { CreateTableCommand } = await import('@aws-sdk/client-dynamodb')
      const again = new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'service', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'service', KeyType: 'HASH' }],
      })
      expect(Table?.KeySchema?.map(({ AttributeName }) => AttributeName)).toEqual(['service', 'row'])
      await expect(opened.client.send(again)).rejects.toBeInstanceOf(ResourceInUseException)
    })

    it.each([
      ['an empty key', { service: { S: '' }, row: { S: 'r' } }],
      ['a key of another type', { service: { N: '1' }, row: { S: 'r' } }],
      ['half a key', { service: { S: 'half' } }],
      ['more of a key than there is', { ...{ service: { S: 'x' }, row: { S: 'r' } }, other: { S: 'y' } }],
    ])('refuses %s', async (_, Key) => {
      const read = new GetItemCommand({ TableName: TABLE, Key: Key as never })
      await expect(opened.client.send(read)).rejects.toMatchObject({ name: 'ValidationException' })
    })

    it('refuses a batch of more than 25 items, and one that writes an item twice', async () => {
      const batchOf = (rows: readonly string[]) => {
        const puts = rows.map((row) => ({ PutRequest: { Item: keyOf('batched', row) } }))
        return opened.client.send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: puts } }))
      }
      await expect(batchOf(Array.from({ length: 26 }, (_, i) => String(i)))).rejects.toThrow()
      await expect(batchOf(['a', 'a'])).rejects.toThrow(/duplicates/)
      expect(await get('batched', 'a')).toBeUndefined()
    })
  })
}
