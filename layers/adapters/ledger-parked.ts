import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type CounterKey, isParked, minuteCounter, outcomeCounter } from '../core/ledger/counters.ts'
import { unpack } from '../core/ledger/packed.ts'
import { bucketFor } from '../core/ledger/parked-queue.ts'
import { parseRowName, type RowPlace } from '../core/ledger/row-name.ts'
import { type Settlement, settleRow } from '../core/ledger/settle-row.ts'
import type { Picodollars } from '../core/money/picodollars.ts'
import type { Price } from '../core/prices/price.ts'
import type { Sku } from '../core/rating/usage.ts'
import { unlessConditionFails } from './conditional-write.ts'
import { connectDictionary, type LedgerDictionary } from './ledger-dictionary.ts'
import { expiryOf, storedRow } from './ledger-item.ts'

/** The sparse index of the Ledger table: partition key `q` (parked-queue.ts), sort key `row`, keys only. */
const PARKED_INDEX = 'parked'

/** Rows listed at a time. */
const PAGE_ROWS = 100
/** A conflict means that more was parked meanwhile, or that another settles too; so many mean that something is wrong. */
const MAX_CONFLICTS = 50

/** Where a listing goes on; only good for the bucket that gave it. */
export type ParkedCursor = Readonly<Record<string, AttributeValue>>

interface ParkedPage {
  readonly places: readonly RowPlace[]
  /** Undefined: there are no more. */
  readonly next: ParkedCursor | undefined
}

/** What one call made of a parked row. What another settled at the same time is not in it. */
export interface SettledRow {
  readonly cost: Picodollars
  /** Spans received that are booked now. */
  readonly spans: number
  /** SKUs without a price that usage in the row goes on waiting for; empty: wholly settled. */
  readonly waitsFor: ReadonlySet<Sku>
}

export interface ParkedRows {
  /** Rows that a bucket of a queue lists, oldest hour first. Eventually consistent: `settle` looks again. */
  list(bucket: string, after: ParkedCursor | undefined): Promise<ParkedPage>
  /**
   * Turns what has a price into money, in place, by one conditional write (a row of more than 75 pairs takes several):
   * the row is unchanged since it was read, or it is read again. So any number of callers settle everything once.
   * @throws whatever the SDK throws when the table cannot be reached; then a part may be settled.
   */
  settle(place: RowPlace, priceOf: (sku: Sku) => Price | undefined): Promise<SettledRow>
}

interface Connection {
  readonly client: DynamoDBClient
  readonly table: string
  readonly ledgerDays: number
  readonly dictionary: LedgerDictionary
}

/** Connects the parked rows of the Ledger table. `ledgerDays`: how long rows live after their hour. */
export function connectParkedRows(client: DynamoDBClient, table: string, ledgerDays: number): ParkedRows {
  const connection: Connection = { client, table, ledgerDays, dictionary: connectDictionary(client, table) }
  return {
    list: (bucket, after) => list(connection, bucket, after),
    settle: (place, priceOf) => settle(connection, place, priceOf),
  }
}

async function list({ client, table }: Connection, bucket: string, after?: ParkedCursor): Promise<ParkedPage> {
  const { Items, LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: PARKED_INDEX,
      KeyConditionExpression: '#q = :bucket',
      ExpressionAttributeNames: { '#q': 'q' },
      ExpressionAttributeValues: { ':bucket': { S: bucket } },
      ExclusiveStartKey: after,
      Limit: PAGE_ROWS,
    }),
  )
  const places = (Items ?? []).map((item) => ({ service: item.service?.S ?? '', row: item.row?.S ?? '' }))
  return { places, next: LastEvaluatedKey }
}

type Item = Readonly<Record<string, AttributeValue>>

async function settle(
  connection: Connection,
  place: RowPlace,
  priceOf: (sku: Sku) => Price | undefined,
): Promise<SettledRow> {
  const minute = parseRowName(place.row)?.parkedMinute
  if (minute === undefined) throw new Error(`"${place.row}" is no parked row`)
  let cost = 0n
  let spans = 0n
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; ) {
    const item = await readItem(connection, place)
    if (item?.q === undefined) return settled(cost, spans, new Set())
    const { counters } = await storedRow(connection.dictionary, place.service, item)
    const settlement = settleRow(minute, counters, priceOf)
    if (!(await write(connection, place, item, counters, settlement))) {
      conflicts += 1
      continue
    }
    cost += unpack(settlement.added.get(minuteCounter(minute)) ?? 0n).amount
    spans += settlement.added.get(outcomeCounter('booked')) ?? 0n
    if (!settlement.more) return settled(cost, spans, settlement.waitsFor)
  }
  throw new Error(`the row ${place.row} of ${place.service} changed ${MAX_CONFLICTS} times while it was settled`)
}

const settled = (cost: bigint, spans: bigint, waitsFor: ReadonlySet<Sku>): SettledRow => ({
  cost: cost as Picodollars,
  spans: Number(spans),
  waitsFor,
})

async function readItem({ client, table }: Connection, place: RowPlace): Promise<Item | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(place), ConsistentRead: true }))
  return Item
}

const keyOf = ({ service, row }: RowPlace) => ({ service: { S: service }, row: { S: row } })

/** False: the row is not what was read any more, and nothing is written. */
async function write(
  connection: Connection,
  place: RowPlace,
  item: Item,
  counters: ReadonlyMap<CounterKey, bigint>,
  settlement: Settlement,
): Promise<boolean> {
  const bucket = bucketAfter(place, item, counters, settlement)
  if (settlement.removed.size === 0 && bucket === item.q?.S) return true
  const update = await updateOf(connection, place, settlement, bucket, item)
  return unlessConditionFails(
    connection.client.send(new UpdateItemCommand({ TableName: connection.table, Key: keyOf(place), ...update })),
  )
}

/** Where the row is listed after the write; undefined: nowhere, it is wholly settled. */
function bucketAfter(
  place: RowPlace,
  item: Item,
  counters: ReadonlyMap<CounterKey, bigint>,
  { removed, more }: Settlement,
): string | undefined {
  if (more) return item.q?.S
  const wait = [...counters.keys()].some((key) => isParked(key) && !removed.has(key))
  return wait ? bucketFor('left', place) : undefined
}

async function updateOf(
  { dictionary, ledgerDays }: Connection,
  place: RowPlace,
  { removed, added }: Settlement,
  bucket: string | undefined,
  item: Item,
) {
  const attributes = await dictionary.attributesOf(
    place.service,
    [...removed, ...added.keys()],
    expiryOf(place, ledgerDays),
  )
  const names: Record<string, string> = { '#f': 'f', '#q': 'q', '#r': 'r' }
  const values: Record<string, AttributeValue> = { ':f': item.f ?? { N: '-1' }, ':1': { N: '1' } }
  const nameOf = (key: CounterKey): string => {
    const name = `#c${Object.keys(names).length}`
    names[name] = attributes.get(key) ?? key
    return name
  }
  const additions = [...added].map(([key, amount]) => {
    const name = nameOf(key)
    const value = `:${name.slice(1)}`
    values[value] = { N: amount.toString() }
    return `${name} ${value}`
  })
  const removals = [...removed].map(nameOf)
  if (bucket === undefined) removals.push('#q')
  else values[':q'] = { S: bucket }
  if (item.r !== undefined) values[':r'] = item.r
  const clauses = [
    bucket === undefined ? '' : 'SET #q = :q',
    removals.length === 0 ? '' : `REMOVE ${removals.join(', ')}`,
    `ADD ${['#r :1', ...additions].join(', ')}`,
  ]
  return {
    UpdateExpression: clauses.filter((clause) => clause !== '').join(' '),
    // Parking moves the fence, settling counts up `r`: the row is as it was read.
    ConditionExpression: `#f = :f AND ${item.r === undefined ? 'attribute_not_exists(#r)' : '#r = :r'}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  }
}
