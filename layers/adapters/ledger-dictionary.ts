import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { shortHash } from '../core/identity/hash.ts'
import { type CounterKey, isNamed } from '../core/ledger/counters.ts'

/**
 * The dictionary of one service: which short attribute name stands for which counter. DynamoDB bills an update by the
 * size of the whole item, attribute names included, so a row carries `o3fk` and one small item says what that is.
 */
export interface LedgerDictionary {
  /** The attribute names of these counters, made and stored where they are new. `keepUntil`: epoch seconds. */
  attributesOf(service: string, keys: Iterable<CounterKey>, keepUntil: number): Promise<ReadonlyMap<CounterKey, string>>
  /** The counters that these attribute names stand for; names that no item explains are left out. */
  keysOf(service: string, attributes: Iterable<string>): Promise<ReadonlyMap<string, CounterKey>>
}

const PREFIX = 'd#'
const SHORTEST_ID = 3
const LONGEST_ID = 12
/** An entry outlives the rows that need it; it is stored again when they come within this of its end. */
const MARGIN_SECONDS = 30 * 86_400
const MAX_CACHED_SERVICES = 5_000

interface ServiceEntries {
  readonly byKey: Map<CounterKey, { readonly attribute: string; readonly expiresAt: number }>
  readonly byAttribute: Map<string, CounterKey>
}

/** Connects the dictionary that lies in the Ledger table, in each service's own partition. Entries are cached. */
export function connectDictionary(client: DynamoDBClient, table: string): LedgerDictionary {
  const services = new Map<string, ServiceEntries>()

  const entriesOf = (service: string): ServiceEntries => {
    const known = services.get(service)
    if (known !== undefined) return known
    if (services.size >= MAX_CACHED_SERVICES) services.clear()
    const entries: ServiceEntries = { byKey: new Map(), byAttribute: new Map() }
    services.set(service, entries)
    return entries
  }

  const attributeOf = async (service: string, key: CounterKey, keepUntil: number): Promise<string> => {
    const entries = entriesOf(service)
    const known = entries.byKey.get(key)
    if (known !== undefined && known.expiresAt >= keepUntil) return known.attribute
    const expiresAt = keepUntil + MARGIN_SECONDS
    for (let length = SHORTEST_ID; length <= LONGEST_ID; length += 1) {
      const attribute = `${key[0]}${shortHash(key, length)}`
      if (!(await claim(client, table, service, attribute, key, expiresAt))) continue
      entries.byKey.set(key, { attribute, expiresAt })
      entries.byAttribute.set(attribute, key)
      return attribute
    }
    throw new Error(`no free short id for a counter of ${service}: ${LONGEST_ID - SHORTEST_ID + 1} lengths collide`)
  }

  return {
    async attributesOf(service, keys, keepUntil) {
      const attributes = new Map<CounterKey, string>()
      for (const key of keys) {
        attributes.set(key, isNamed(key) ? await attributeOf(service, key, keepUntil) : key)
      }
      return attributes
    },
    async keysOf(service, attributes) {
      const entries = entriesOf(service)
      const wanted = [...attributes]
      if (wanted.some((attribute) => !entries.byAttribute.has(attribute))) {
        await load(client, table, service, entries)
      }
      const keys = new Map<string, CounterKey>()
      for (const attribute of wanted) {
        const key = entries.byAttribute.get(attribute)
        if (key !== undefined) keys.set(attribute, key)
      }
      return keys
    },
  }
}

/** Stores the entry unless the id belongs to another counter; answers whether it is ours. */
async function claim(
  client: DynamoDBClient,
  table: string,
  service: string,
  attribute: string,
  key: CounterKey,
  expiresAt: number,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          service: { S: service },
          row: { S: `${PREFIX}${attribute}` },
          counter: { S: key },
          expiresAt: { N: String(expiresAt) },
        },
        ConditionExpression: 'attribute_not_exists(#row)',
        ExpressionAttributeNames: { '#row': 'row' },
      }),
    )
    return true
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return renew(client, table, service, attribute, key, expiresAt)
  }
}

async function renew(
  client: DynamoDBClient,
  table: string,
  service: string,
  attribute: string,
  key: CounterKey,
  expiresAt: number,
): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { service: { S: service }, row: { S: `${PREFIX}${attribute}` } },
        UpdateExpression: 'SET #expires = :expires',
        ConditionExpression: '#counter = :counter',
        ExpressionAttributeNames: { '#counter': 'counter', '#expires': 'expiresAt' },
        ExpressionAttributeValues: { ':counter': { S: key }, ':expires': { N: String(expiresAt) } },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

async function load(client: DynamoDBClient, table: string, service: string, entries: ServiceEntries): Promise<void> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#service = :service AND begins_with(#row, :prefix)',
      ExpressionAttributeNames: { '#service': 'service', '#row': 'row' },
      ExpressionAttributeValues: { ':service': { S: service }, ':prefix': { S: PREFIX } },
    },
  )
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      const attribute = item.row?.S?.slice(PREFIX.length)
      const key = item.counter?.S as CounterKey | undefined
      if (attribute === undefined || key === undefined) continue
      entries.byAttribute.set(attribute, key)
      entries.byKey.set(key, { attribute, expiresAt: Number(item.expiresAt?.N ?? 0) })
    }
  }
}
