import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type CounterKey, isNamed } from '../core/ledger/counters.ts'
import { bucketFor } from '../core/ledger/parked-queue.ts'
import { ABSENT, planUpdate, type RecordCounters, type RowUpdate, type SeenRow } from '../core/ledger/plan-update.ts'
import { readFrontDoorRow, readRow, type StoredRow } from '../core/ledger/read-row.ts'
import type { FrontDoorRow, LedgerRow, ParkedRow } from '../core/ledger/row.ts'
import {
  frontDoorService,
  hourPrefix,
  parkedRowPlace,
  parseRowName,
  type RowPlace,
  rowPrefix,
} from '../core/ledger/row-name.ts'
import type { Hour } from '../core/time/instants.ts'
import { connectDictionary, type LedgerDictionary } from './ledger-dictionary.ts'
import { expiryOf, storedRow } from './ledger-item.ts'
import { noteOf, readNote } from './ledger-note.ts'
import { SCHEMA_ATTRIBUTE, SCHEMA_VALUE } from './schema-version.ts'
import { type SeenRows, seenRows } from './seen-rows.ts'

/** What became of the records of one row. */
export interface BookedRow {
  readonly booked: number
  /** Records that were at or below the fence: booked before. */
  readonly fenced: number
}

export interface LedgerTable {
  /**
   * Books what these records (ascending offsets, one shard) add to one row, by compare-and-swap on the row's fence:
   * any batch may come any number of times, cut anywhere, beside a retry of itself. What they park is noted in the same
   * write and then brought into the row's siblings, by this writer or by the next.
   * @throws TopicRecreated, and whatever the SDK throws when the table cannot be reached; then a prefix may be booked.
   */
  bookRow(place: RowPlace, records: readonly RecordCounters[]): Promise<BookedRow>
  /**
   * All rows of a service in these hours; what was settled of parked usage is among the rows, what waits is parked.
   * Eventually consistent: what was booked a second ago may be missing.
   */
  readHours(
    service: string,
    hours: readonly Hour[],
  ): Promise<{ readonly rows: LedgerRow[]; readonly parked: ParkedRow[] }>
  /** All rows of a service, of whatever hour: as much as 90 days of them. */
  readService(service: string): Promise<{ readonly rows: LedgerRow[]; readonly parked: ParkedRow[] }>
  /** Front-door requests of an environment in these hours, one row a shard. */
  readFrontDoor(environment: string, hours: readonly Hour[]): Promise<FrontDoorRow[]>
}

/** Names of counters of the rows that are kept in memory, 130 bytes each as measured: 65 MB. */
const MAX_CACHED_NAMES = 500_000
/** Each failed condition means that somebody else moved the row on; so many in a row means something is wrong. */
const MAX_CONFLICTS = 50

interface LedgerConnection {
  readonly client: DynamoDBClient
  readonly table: string
  readonly ledgerDays: number
  readonly dictionary: LedgerDictionary
  readonly seen: SeenRows
}

/** Connects the Ledger table. Rows live `ledgerDays` days after their hour. */
export function connectLedger(client: DynamoDBClient, table: string, ledgerDays: number): LedgerTable {
  const dictionary = connectDictionary(client, table)
  const connection: LedgerConnection = { client, table, ledgerDays, dictionary, seen: seenRows(MAX_CACHED_NAMES) }
  return {
    bookRow: (place, records) => bookRow(connection, place, records),
    readHours: async (service, hours) => sorted(await readRange(connection, service, hours)),
    readService: async (service) => sorted(await readBetween(connection, service, rowPrefix(), rowPrefix())),
    async readFrontDoor(environment, hours) {
      const stored = await readRange(connection, frontDoorService(environment), hours)
      return stored.flatMap((row) => readFrontDoorRow(row, environment) ?? [])
    },
  }
}

async function bookRow(
  connection: LedgerConnection,
  place: RowPlace,
  records: readonly RecordCounters[],
): Promise<BookedRow> {
  const name = nameOf(place)
  let seen = connection.seen.get(name) ?? (await readSeen(connection, place))
  let rest = records
  let booked = 0
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; ) {
    seen = await parkNoted(connection, place, seen)
    const update = planUpdate(seen, rest, await namedInSiblings(connection, place, seen, rest))
    if (update === undefined) {
      connection.seen.set(name, seen)
      return { booked, fenced: records.length - booked }
    }
    const stored = await write(connection, place, seen, update)
    if (stored === undefined) {
      booked += countUpTo(rest, update.fence.offset, seen.fence?.offset ?? -1)
      seen = update.after
      rest = update.rest
    } else {
      seen = stored
      conflicts += 1
    }
  }
  connection.seen.delete(name)
  throw new Error(`the row ${place.row} of ${place.service} was moved on ${MAX_CONFLICTS} times while it was written`)
}

/** Brings what the row's last update notes as parked into its siblings: by their fences once, whoever does it. */
async function parkNoted(connection: LedgerConnection, place: RowPlace, seen: SeenRow): Promise<SeenRow> {
  const { fence, unparked } = seen
  if (fence === undefined || unparked.size === 0) return seen
  await Promise.all(
    [...unparked].map(([minute, counters]) =>
      bookRow(connection, parkedRowPlace(place, minute), [{ ...fence, counters }]),
    ),
  )
  return { ...seen, unparked: new Map() }
}

/**
 * The named counters of the siblings that these records park in. Read each time: another writer may have brought names into a
 * sibling since this one saw it, and a note that is planned without them puts under `*` what has a place of its own.
 */
async function namedInSiblings(
  connection: LedgerConnection,
  place: RowPlace,
  { fence }: SeenRow,
  records: readonly RecordCounters[],
): Promise<(minute: number) => ReadonlySet<CounterKey>> {
  const named = new Map<number, ReadonlySet<CounterKey>>()
  for (const record of records) {
    if (fence !== undefined && record.offset <= fence.offset) continue
    for (const minute of record.parked?.keys() ?? []) {
      if (named.has(minute)) continue
      const sibling = parkedRowPlace(place, minute)
      const seen = await readSeen(connection, sibling)
      connection.seen.set(nameOf(sibling), seen)
      named.set(minute, seen.named)
    }
  }
  return (minute) => named.get(minute) ?? new Set()
}

const nameOf = ({ service, row }: RowPlace): string => `${service}\n${row}`

const countUpTo = (records: readonly RecordCounters[], last: number, fence: number): number =>
  records.filter((record) => record.offset > fence && record.offset <= last).length

/** Undefined: written. Otherwise what the row is instead of what was seen. */
async function write(
  connection: LedgerConnection,
  place: RowPlace,
  seen: SeenRow,
  update: RowUpdate,
): Promise<SeenRow | undefined> {
  const expiresAt = expiryOf(place, connection.ledgerDays)
  const attributes = await connection.dictionary.attributesOf(place.service, update.counters.keys(), expiresAt)
  const names: Record<string, string> = { '#f': 'f', '#t': 't', '#v': SCHEMA_ATTRIBUTE, '#e': 'expiresAt' }
  const values: Record<string, AttributeValue> = {
    ':f': { N: String(update.fence.offset) },
    ':t': { N: String(update.fence.timestampMs) },
    ':v': SCHEMA_VALUE,
    ':e': { N: String(expiresAt) },
  }
  const clauses = ['SET #f = :f, #t = :t, #v = :v, #e = :e']
  if (isSibling(place)) {
    names['#q'] = 'q'
    values[':q'] = { S: bucketFor('new', place) }
    clauses[0] += ', #q = :q'
  } else {
    names['#c'] = 'c'
    values[':c'] = { N: String(update.after.named.size) }
    clauses[0] += ', #c = :c'
    names['#j'] = 'j'
    if (update.parked.size === 0) clauses.push('REMOVE #j')
    else {
      values[':j'] = { S: await noteOf(connection.dictionary, place.service, update.parked, expiresAt) }
      clauses[0] += ', #j = :j'
    }
  }
  const additions: string[] = []
  for (const [key, amount] of update.counters) {
    const place = additions.length
    names[`#${place}`] = attributes.get(key) ?? key
    values[`:${place}`] = { N: amount.toString() }
    additions.push(`#${place} :${place}`)
  }
  if (additions.length > 0) clauses.push(`ADD ${additions.join(', ')}`)
  const condition = conditionOf(place, seen, update)
  try {
    await connection.client.send(
      new UpdateItemCommand({
        TableName: connection.table,
        Key: { service: { S: place.service }, row: { S: place.row } },
        UpdateExpression: clauses.join(' '),
        ConditionExpression: condition.expression,
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ...values, ...condition.values },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    )
    return undefined
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return error.Item === undefined ? readSeen(connection, place) : seenOf(connection, place.service, error.Item)
  }
}

const isSibling = ({ row }: RowPlace): boolean => parseRowName(row)?.parkedMinute !== undefined

interface Condition {
  readonly expression: string
  readonly values: Record<string, AttributeValue>
}

/**
 * The row is as it was seen. Or others have moved it on since, and nothing that the update was planned by has changed: all of its
 * records are behind the fence, none of them lowers the newest timestamp, the row has as many names (names only come), notes
 * nothing parked, and is not of a newer release. Lambda gives a partition's events to any container: without the second way each of them would be refused, and
 * billed, whenever another had the event before. An update that parks is planned by the row's siblings too: it takes the first way.
 */
function conditionOf(place: RowPlace, seen: SeenRow, update: RowUpdate): Condition {
  if (seen.fence === undefined) return { expression: 'attribute_not_exists(#f)', values: {} }
  const fence = { ':seen': { N: String(seen.fence.offset) } }
  if (isSibling(place) || update.parked.size > 0) return { expression: '#f = :seen', values: fence }
  return {
    expression: '#f = :seen OR (#f < :first AND #t <= :t AND #c = :named AND #v = :v AND attribute_not_exists(#j))',
    values: { ...fence, ':first': { N: String(update.first) }, ':named': { N: String(seen.named.size) } },
  }
}

async function readSeen(connection: LedgerConnection, place: RowPlace): Promise<SeenRow> {
  const { Item } = await connection.client.send(
    new GetItemCommand({
      TableName: connection.table,
      Key: { service: { S: place.service }, row: { S: place.row } },
      ConsistentRead: true,
    }),
  )
  return Item === undefined ? ABSENT : seenOf(connection, place.service, Item)
}

async function seenOf(
  connection: LedgerConnection,
  service: string,
  item: Record<string, AttributeValue>,
): Promise<SeenRow> {
  const stored = await storedRow(connection.dictionary, service, item)
  return {
    fence: { offset: stored.fenceOffset, timestampMs: stored.fenceTimestampMs },
    named: new Set([...stored.counters.keys()].filter(isNamed)),
    unparked: item.j?.S === undefined ? new Map() : await readNote(connection.dictionary, service, item.j.S),
  }
}

/** Rows and parked rows, told apart; what is no row of this generation is left out. */
function sorted(stored: readonly StoredRow[]): { readonly rows: LedgerRow[]; readonly parked: ParkedRow[] } {
  const read = stored.flatMap((one) => readRow(one) ?? [])
  return { rows: read.map(({ ledger }) => ledger), parked: read.flatMap(({ parked }) => parked ?? []) }
}

async function readRange(
  connection: LedgerConnection,
  service: string,
  hours: readonly Hour[],
): Promise<readonly StoredRow[]> {
  const stored: StoredRow[] = []
  for (const [first, last] of contiguous(hours)) {
    stored.push(...(await readBetween(connection, service, hourPrefix(first), hourPrefix(last))))
  }
  return stored
}

/** The rows of a service whose names begin with `first`, with `last`, or lie between. */
async function readBetween(
  connection: LedgerConnection,
  service: string,
  first: string,
  last: string,
): Promise<readonly StoredRow[]> {
  const pages = paginateQuery(
    { client: connection.client },
    {
      TableName: connection.table,
      KeyConditionExpression: '#service = :service AND #row BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#service': 'service', '#row': 'row' },
      ExpressionAttributeValues: {
        ':service': { S: service },
        ':first': { S: first },
        ':last': { S: `${last}\uffff` },
      },
    },
  )
  const stored: StoredRow[] = []
  for await (const page of pages) {
    for (const item of page.Items ?? []) stored.push(await storedRow(connection.dictionary, service, item))
  }
  return stored
}

/** Runs of hours without a gap, so that each run is one query. */
function contiguous(hours: readonly Hour[]): readonly (readonly [Hour, Hour])[] {
  const runs: [Hour, Hour][] = []
  for (const hour of [...new Set(hours)].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run !== undefined && hour === run[1] + 1) run[1] = hour
    else runs.push([hour, hour])
  }
  return runs
}
