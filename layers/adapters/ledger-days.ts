import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb'
import type { DailyRow } from '../core/ledger/daily-row.ts'
import { decodeTotals, encodeTotals } from '../core/ledger/daily-row-codec.ts'
import { dailyRowPlace, dayPrefix, parseDailyRowName } from '../core/ledger/daily-row-name.ts'
import { type Day, formatDay, monthsAfter } from '../core/time/days.ts'
import { readableItem, versioned } from './schema-version.ts'

/** How far the roll-up of one night has come. */
interface RollUpCursor {
  /** The day in which the roll-up began; it rolls up the days before it. */
  readonly night: Day
  /** The services up to this one, by name, are done. */
  readonly after: string
  readonly done: boolean
}

/** The daily rows of the Ledger table. All throw the SDK's errors when it is out of reach. */
export interface DailyRows {
  /** A service's daily rows from one day to another, both included. */
  readDays(service: string, first: Day, last: Day): Promise<readonly DailyRow[]>
  /** Sets a daily row, whatever was there: setting it twice changes nothing. It makes its service known. */
  setDay(row: DailyRow): Promise<void>
  /** Every service that has a daily row, by name; budgets forget a service that has spent nothing for days. */
  listServices(): Promise<readonly string[]>
  /** Undefined before the first roll-up. */
  readCursor(): Promise<RollUpCursor | undefined>
  setCursor(cursor: RollUpCursor): Promise<void>
}

/** No service identity begins with `#`. */
const SERVICES = '#services'
const CURSOR = { service: { S: '#roll-up' }, row: { S: 'cursor' } } as const

/** Connects the daily rows. They live `dailyMonths` calendar months after their day. */
export function connectDailyRows(client: DynamoDBClient, table: string, dailyMonths: number): DailyRows {
  const put = async (Item: Record<string, AttributeValue>): Promise<void> => {
    await client.send(new PutItemCommand({ TableName: table, Item: versioned(Item) }))
  }
  return {
    async readDays(service, first, last) {
      const items = await query(client, table, service, dayPrefix(first), `${dayPrefix(last)}\uffff`)
      return items.flatMap((item) => dailyRow(service, item) ?? [])
    },
    async setDay(row) {
      const place = dailyRowPlace(row.service, row.day, row.commit)
      const expiresAt = { N: String(Math.floor(monthsAfter(row.day, dailyMonths) / 1000)) }
      await put({ service: { S: SERVICES }, row: { S: row.service }, expiresAt })
      await put({ service: { S: place.service }, row: { S: place.row }, day: { S: encodeTotals(row) }, expiresAt })
    },
    async listServices() {
      const items = await query(client, table, SERVICES, ' ', '\uffff')
      return items.flatMap((item) => item.row?.S ?? [])
    },
    async readCursor() {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: CURSOR, ConsistentRead: true }))
      const cursor = readableItem(Item)
      if (cursor?.night?.N === undefined) return undefined
      return { night: Number(cursor.night.N) as Day, after: cursor.after?.S ?? '', done: cursor.done?.BOOL === true }
    },
    setCursor: ({ night, after, done }) =>
      put({ ...CURSOR, night: { N: String(night) }, after: { S: after }, done: { BOOL: done } }),
  }
}

async function query(
  client: DynamoDBClient,
  table: string,
  service: string,
  first: string,
  last: string,
): Promise<readonly Record<string, AttributeValue>[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: '#service = :service AND #row BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#service': 'service', '#row': 'row' },
      ExpressionAttributeValues: { ':service': { S: service }, ':first': { S: first }, ':last': { S: last } },
    },
  )
  const items: Record<string, AttributeValue>[] = []
  for await (const page of pages) items.push(...(page.Items ?? []).map(readableItem))
  return items
}

/** @throws Error that names the item, where it cannot be read: a report without a day would be a wrong report */
function dailyRow(service: string, item: Record<string, AttributeValue>): DailyRow | undefined {
  const name = parseDailyRowName(item.row?.S ?? '')
  if (name === undefined) return undefined
  try {
    return decodeTotals(service, name.day, name.commit, item.day?.S ?? '')
  } catch (cause) {
    throw new Error(`the daily row of ${service} on ${formatDay(name.day)} cannot be read; roll that day up again`, {
      cause,
    })
  }
}
