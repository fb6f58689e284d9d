import { type DynamoDBClient, PutItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import pMap from 'p-map'
import { shortHash } from '../core/identity/hash.ts'
import { type CounterKey, isNamed } from '../core/ledger/counters.ts'
import { unlessConditionFails } from './conditional-write.ts'
import { versioned } from './schema-version.ts'

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
/** Entries of all services that are kept in memory, 200 bytes each as measured: 40 MB. Then the services known longest go. */
const MAX_CACHED_ENTRIES = 200_000

/** Claims of one call that are under way together; attribute-spans books 16 rows at a time. */
const CLAIMS_AT_ONCE = 8

interface ServiceEntries {
  readonly byKey: Map<CounterKey, { readonly attribute: string; readonly expiresAt: number }>
  readonly byAttribute: Map<string, CounterKey>
  /** Claims under way, which rows of the same service share. */
  readonly claims: Map<CounterKey, { readonly attribute: Promise<string>; readonly expiresAt: number }>
  /** The first reading, before the first claim: what a service has said before needs none. */
  read?: Promise<void> | undefined
}

/**
 * Connects the dictionary that lies in the Ledger table, in each service's own partition. At most `maxEntries` entries are kept
 * in memory, but for those of the service that was asked for last.
 */
export function connectDictionary(
  client: DynamoDBClient,
  table: string,
  maxEntries = MAX_CACHED_ENTRIES,
): LedgerDictionary {
  const services = new Map<string, ServiceEntries>()

  const entriesOf = (service: string): ServiceEntries => {
    const known = services.get(service)
    if (known !== undefined) return known
    const entries: ServiceEntries = { byKey: new Map(), byAttribute: new Map(), claims: new Map() }
    services.set(service, entries)
    return entries
  }

  const forgetMuch = (): void => {
    let entries = 0
    for (const { byKey } of services.values()) entries += byKey.size + 1
    for (const [service, { byKey }] of services) {
      if (entries <= maxEntries) break
      services.delete(service)
      entries -= byKey.size + 1
    }
  }

  const readOnce = (service: string, entries: ServiceEntries): Promise<void> => {
    entries.read ??= load(client, table, service, entries).catch((error: unknown) => {
      entries.read = undefined
      throw error
    })
    return entries.read
  }

  const claimName = async (
    service: string,
    entries: ServiceEntries,
    key: CounterKey,
    expiresAt: number,
  ): Promise<string> => {
    const remember = (attribute: string): string => {
      entries.byKey.set(key, { attribute, expiresAt })
      entries.byAttribute.set(attribute, key)
      return attribute
    }
    // The name that it has, though a shorter one may be free by now: no row may have a counter under two names.
    const known = entries.byKey.get(key)?.attribute
    if (known !== undefined && (await renew(client, table, service, known, key, expiresAt))) return remember(known)
    for (let length = SHORTEST_ID; length <= LONGEST_ID; length += 1) {
      const attribute = `${key[0]}${shortHash(key, length)}`
      if (await claim(client, table, service, attribute, key, expiresAt)) return remember(attribute)
    }
    throw new Error(`no free short id for a counter of ${service}: ${LONGEST_ID - SHORTEST_ID + 1} lengths collide`)
  }

  const cached = ({ byKey }: ServiceEntries, key: CounterKey, keepUntil: number): string | undefined => {
    const known = byKey.get(key)
    return known !== undefined && known.expiresAt >= keepUntil ? known.attribute : undefined
  }

  const claimShared = (
    service: string,
    entries: ServiceEntries,
    key: CounterKey,
    keepUntil: number,
  ): Promise<string> => {
    const underWay = entries.claims.get(key)
    if (underWay !== undefined && underWay.expiresAt >= keepUntil) return underWay.attribute
    const expiresAt = keepUntil + MARGIN_SECONDS
    const attribute = claimName(service, entries, key, expiresAt).finally(() => entries.claims.delete(key))
    entries.claims.set(key, { attribute, expiresAt })
    return attribute
  }

  return {
    async attributesOf(service, keys, keepUntil) {
      const entries = entriesOf(service)
      const attributes = new Map<CounterKey, string>()
      const unknown: CounterKey[] = []
      for (const key of keys) {
        const attribute = isNamed(key) ? cached(entries, key, keepUntil) : key
        if (attribute === undefined) unknown.push(key)
        else attributes.set(key, attribute)
      }
      if (unknown.length === 0) return attributes
      await readOnce(service, entries)
      const claimUnlessRead = async (key: CounterKey): Promise<void> => {
        const attribute = cached(entries, key, keepUntil) ?? (await claimShared(service, entries, key, keepUntil))
        attributes.set(key, attribute)
      }
      await pMap(unknown, claimUnlessRead, { concurrency: CLAIMS_AT_ONCE })
      forgetMuch()
      return attributes
    },
    async keysOf(service, attributes) {
      const entries = entriesOf(service)
      const wanted = [...attributes]
      // Read anew, whatever is being read already: that may have begun before the row's writer stored its entry.
      if (wanted.some((attribute) => !entries.byAttribute.has(attribute))) {
        await load(client, table, service, entries)
        forgetMuch()
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
  const isClaimed = await unlessConditionFails(
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: versioned({
          service: { S: service },
          row: { S: `${PREFIX}${attribute}` },
          counter: { S: key },
          expiresAt: { N: String(expiresAt) },
        }),
        ConditionExpression: 'attribute_not_exists(#row)',
        ExpressionAttributeNames: { '#row': 'row' },
      }),
    ),
  )
  return isClaimed || renew(client, table, service, attribute, key, expiresAt)
}

function renew(
  client: DynamoDBClient,
  table: string,
  service: string,
  attribute: string,
  key: CounterKey,
  expiresAt: number,
): Promise<boolean> {
  return unlessConditionFails(
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { service: { S: service }, row: { S: `${PREFIX}${attribute}` } },
        UpdateExpression: 'SET #expires = :expires',
        ConditionExpression: '#counter = :counter',
        ExpressionAttributeNames: { '#counter': 'counter', '#expires': 'expiresAt' },
        ExpressionAttributeValues: { ':counter': { S: key }, ':expires': { N: String(expiresAt) } },
      }),
    ),
  )
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
