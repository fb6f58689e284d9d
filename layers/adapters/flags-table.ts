import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import * as z from 'zod'
import type { AlertLease } from '../core/alerts/alert-lease.ts'
import { TRANSITIONS } from '../core/budgets/transitions.ts'
import type { Flag } from '../core/flags/flag.ts'
import type { EpochMs, Minute } from '../core/time/instants.ts'
import { unlessConditionFails } from './conditional-write.ts'
import { readableItem, versioned } from './schema-version.ts'

/** A lease that was taken, and the version of its item that says so. */
interface HeldLease<Lease extends AlertLease> {
  readonly lease: Lease
  readonly version: number
}

/** The writes of the Flags table; flags-reader.ts reads it. All throw the SDK's errors when it is out of reach. */
export interface FlagsTable {
  /** Stores a flag unless the stored one is as new or newer; the newest version wins in whatever order they come. */
  putFlag(flag: Flag, now: EpochMs): Promise<void>
  /**
   * Stores the lease that `claim` makes of the service's lease so far, and answers with it; undefined where `claim` does.
   * `claim` is asked first without a lease, and where it says nothing then, nothing is read. It may be asked several
   * times, and may throw.
   */
  takeLease<Lease extends AlertLease>(
    service: string,
    claim: (was: AlertLease | undefined) => Lease | undefined,
    now: EpochMs,
  ): Promise<HeldLease<Lease> | undefined>
  /** Replaces a lease that was taken; a lease that somebody took over meanwhile stays theirs. */
  replaceLease(service: string, held: HeldLease<AlertLease>, lease: AlertLease): Promise<void>
}

type Item = Record<string, AttributeValue>

const DAY_MS = 24 * 3_600_000
/** A stream keeps its changes for a day: until then an older one may come, and must find the newer. */
const FLAG_KEPT_MS = DAY_MS
/** A service that is silent for so long is a new one to people. */
const LEASE_KEPT_MS = 30 * DAY_MS
/** Each failed condition is somebody else's write of the same item; so many in a row mean that something is wrong. */
const MAX_CONFLICTS = 10

/** Connects the Flags table (partition key `kind`, sort key `subject`). */
export function connectFlags(client: DynamoDBClient, table: string): FlagsTable {
  return {
    async putFlag(flag, now) {
      await swap(client, table, (stored) => (isSuperseded(flag, stored, now) ? undefined : flagItem(flag)))
    },
    async takeLease(service, claim, now) {
      let taken: ReturnType<typeof claim>
      const item = await swap(client, table, (stored) => {
        taken = claim(leaseIn(stored))
        return taken && leaseItem(service, taken, versionOf(stored) + 1, now)
      })
      return item && taken && { lease: taken, version: versionOf(item) }
    },
    replaceLease: (service, held, lease) => replaceLease(client, table, service, held, lease),
  }
}

/**
 * Puts what `next` makes of the stored item, by compare-and-swap on `version`; undefined where it makes nothing. The
 * first try supposes that nothing is stored: DynamoDB answers a failed condition with the item.
 */
async function swap(
  client: DynamoDBClient,
  table: string,
  next: (stored: Item | undefined) => Item | undefined,
): Promise<Item | undefined> {
  let stored: Item | undefined
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const item = next(stored)
    if (item === undefined) return undefined
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: versioned(item),
          ...conditionOn(stored),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
      return item
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error
      stored = readableItem(error.Item ?? (await read(client, table, item)))
    }
  }
  throw new Error(`an item of ${table} was replaced ${MAX_CONFLICTS} times while it was written`)
}

/** What an engine does not tell with a failed condition; undefined too where the item was deleted since. */
async function read(client: DynamoDBClient, table: string, { kind, subject }: Item): Promise<Item | undefined> {
  if (kind === undefined || subject === undefined) return undefined
  const Key = { kind, subject }
  return (await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item
}

const conditionOn = (stored: Item | undefined) => ({
  ConditionExpression: stored === undefined ? 'attribute_not_exists(#version)' : '#version = :stored',
  ExpressionAttributeNames: { '#version': 'version' },
  ...(stored && { ExpressionAttributeValues: { ':stored': { N: String(versionOf(stored)) } } }),
})

const versionOf = (item: Item | undefined): number => Number(item?.version?.N ?? 0)

const seconds = (at: number): string => String(Math.ceil(at / 1000))

const flagItem = (flag: Flag): Item => ({
  kind: { S: 'flag' },
  subject: { S: flag.service },
  flag: { S: JSON.stringify(flag) },
  version: { N: String(flag.version) },
  expiresAt: { N: seconds(flag.until + FLAG_KEPT_MS) },
})

/** An item whose time is over counts no more: DynamoDB deletes late, and a state that is made anew begins at version 1. */
const isSuperseded = (flag: Flag, stored: Item | undefined, now: EpochMs): boolean =>
  stored !== undefined && versionOf(stored) >= flag.version && Number(stored.expiresAt?.N) * 1000 > now

const epochMs = z.int().transform((at) => at as EpochMs)
const alertKind = z.enum([...TRANSITIONS, 'reminder'])

const leaseSchema = z.object({
  told: z
    .object({
      phase: z.enum(['within', 'warned', 'throttled', 'releasing']),
      mode: z.enum(['shadow', 'enforce']),
      heldBack: z.string().optional(),
      closed: z.int().transform((minute) => minute as Minute),
      version: z.int().optional(),
      at: epochMs,
      lastOf: z.partialRecord(alertKind, epochMs),
    })
    .optional(),
  sending: z.object({ id: z.string(), kind: alertKind, until: epochMs }).optional(),
})

const leaseItem = (service: string, lease: AlertLease, version: number, now: EpochMs): Item => ({
  kind: { S: 'alert' },
  subject: { S: service },
  lease: { S: JSON.stringify(lease) },
  version: { N: String(version) },
  expiresAt: { N: seconds(now + LEASE_KEPT_MS) },
})

/** The stored lease; one that cannot be read is none: an alert twice is better than never. */
function leaseIn(stored: Item | undefined): AlertLease | undefined {
  return leaseSchema.safeParse(parseJson(stored?.lease?.S)).data
}

async function replaceLease(
  client: DynamoDBClient,
  table: string,
  service: string,
  held: HeldLease<AlertLease>,
  lease: AlertLease,
): Promise<void> {
  await unlessConditionFails(
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { kind: { S: 'alert' }, subject: { S: service } },
        UpdateExpression: 'SET #lease = :lease, #version = :next',
        ConditionExpression: '#version = :held',
        ExpressionAttributeNames: { '#lease': 'lease', '#version': 'version' },
        ExpressionAttributeValues: {
          ':lease': { S: JSON.stringify(lease) },
          ':held': { N: String(held.version) },
          ':next': { N: String(held.version + 1) },
        },
      }),
    ),
  )
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
