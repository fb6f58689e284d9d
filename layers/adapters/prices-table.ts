import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import type { Generation } from '../core/prices/generation.ts'
import type { Price } from '../core/prices/price.ts'
import { decodePrice, encodePrice } from '../core/prices/stored-price.ts'
import type { EpochMs } from '../core/time/instants.ts'
import { readableItem, versioned } from './schema-version.ts'

/** Generations are kept for two days after their refresh: whoever pinned one has long read the next. */
const GENERATION_KEPT_MS = 48 * 3_600_000
/** BatchWriteItem takes 25 items (API reference, BatchWriteItem). */
const BATCH_ITEMS_MAX = 25
/** 8 attempts, doubling from 50 ms: 6 s at most, well within a refresh. */
const BATCH_ATTEMPTS_MAX = 8
const BATCH_PAUSE_MS = 50

/** Keys of the Prices table: `book` is a generation's id, `last`, or `current`. */
const CURRENT = { book: { S: 'current' }, sku: { S: 'pointer' } } as const
const LAST = 'last'

/** Which generation readers are to read. */
export interface CurrentGeneration {
  readonly id: string
  readonly fetchedAt: EpochMs
  /** How many prices it has: fewer in the table means that it expired or is not readable. */
  readonly size: number
}

/** DynamoDB would not take all prices of a generation; the readers stay with the one they have. */
export class PricesNotWritten extends Error {
  override readonly name = 'PricesNotWritten'
  readonly left: number
  constructor(left: number) {
    super(`DynamoDB left ${left} prices unwritten after ${BATCH_ATTEMPTS_MAX} attempts: is the Prices table throttled?`)
    this.left = left
  }
}

/** The Prices table, one named function for each way it is used. All throw the SDK's errors when it is out of reach. */
export interface PricesTable {
  /** The pointer, read consistently; undefined before the first refresh. */
  readCurrent(): Promise<CurrentGeneration | undefined>
  /** All prices of a generation; fewer than its size where DynamoDB has begun to delete it. */
  readGeneration(id: string): Promise<readonly Price[]>
  /** The last accepted price of every SKU that ever had one. They have no TTL. */
  readLast(): Promise<readonly Price[]>
  /**
   * Writes a generation, then switches readers to it in one conditional write, then keeps its prices as the last
   * accepted ones. `superseded`: a newer generation is there already, and nothing was switched.
   * @throws PricesNotWritten
   */
  switchTo(generation: Generation): Promise<'switched' | 'superseded'>
}

/** `pause` waits between attempts at unprocessed items, ms; tests give one that does not. */
export function connectPrices(client: DynamoDBClient, table: string, pause: Pause = sleep): PricesTable {
  return {
    readCurrent: () => readCurrent(client, table),
    readGeneration: (id) => readPrices(client, table, id),
    readLast: () => readPrices(client, table, LAST),
    async switchTo(generation) {
      const expiresAt = Math.ceil((generation.fetchedAt + GENERATION_KEPT_MS) / 1000)
      const expiring = generation.prices.map((price) => ({
        ...itemOf(generation.id, price),
        expiresAt: { N: String(expiresAt) },
      }))
      await writeItems(client, table, expiring, pause)
      if (!(await movePointer(client, table, generation))) return 'superseded'
      const lasting = generation.prices.map((price) => itemOf(LAST, price))
      await writeItems(client, table, lasting, pause)
      return 'switched'
    },
  }
}

type Pause = (ms: number) => Promise<void>
type Item = Record<string, AttributeValue>

const sleep: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const itemOf = (book: string, price: Price): Item =>
  versioned({
    book: { S: book },
    sku: { S: price.sku },
    price: { S: encodePrice(price) },
  })

async function readCurrent(client: DynamoDBClient, table: string): Promise<CurrentGeneration | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: CURRENT, ConsistentRead: true }))
  const pointer = readableItem(Item)
  if (pointer?.generation?.S === undefined) return undefined
  return {
    id: pointer.generation.S,
    fetchedAt: Number(pointer.fetchedAt?.N) as EpochMs,
    size: Number(pointer.size?.N),
  }
}

async function readPrices(client: DynamoDBClient, table: string, book: string): Promise<readonly Price[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: 'book = :book',
      ExpressionAttributeValues: { ':book': { S: book } },
      // The pointer is read consistently, so what it points at must be, too.
      ConsistentRead: true,
    },
  )
  const prices: Price[] = []
  for await (const { Items = [] } of pages) {
    for (const item of Items) {
      const { price } = readableItem(item)
      if (price?.S !== undefined) prices.push(decodePrice(price.S))
    }
  }
  return prices
}

async function movePointer(client: DynamoDBClient, table: string, generation: Generation): Promise<boolean> {
  const isNewer = 'attribute_not_exists(generation) OR generation < :generation'
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: versioned({
          ...CURRENT,
          generation: { S: generation.id },
          fetchedAt: { N: String(generation.fetchedAt) },
          size: { N: String(generation.prices.length) },
        }),
        ConditionExpression: isNewer,
        ExpressionAttributeValues: { ':generation': { S: generation.id } },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return await pointsAt(client, table, generation.id)
    throw error
  }
}

/** The SDK repeats a write whose answer was lost, and the repeat then fails its own condition. */
async function pointsAt(client: DynamoDBClient, table: string, id: string): Promise<boolean> {
  return (await readCurrent(client, table))?.id === id
}

async function writeItems(client: DynamoDBClient, table: string, items: readonly Item[], pause: Pause): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH_ITEMS_MAX) {
    await writeBatch(client, table, items.slice(from, from + BATCH_ITEMS_MAX), pause)
  }
}

async function writeBatch(client: DynamoDBClient, table: string, items: readonly Item[], pause: Pause): Promise<void> {
  let left: WriteRequest[] = items.map((Item) => ({ PutRequest: { Item } }))
  for (let attempt = 0; attempt < BATCH_ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) await pause(BATCH_PAUSE_MS * 2 ** (attempt - 1))
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }))
    left = UnprocessedItems?.[table] ?? []
    if (left.length === 0) return
  }
  throw new PricesNotWritten(left.length)
}
