import type { AttributeValue, DynamoDBRecord } from 'aws-lambda'
import type { Clock, Sleep } from '../clock.ts'
import type { Drawer } from './engine.ts'
import { deliver, type StreamHandler } from './stream-delivery.ts'

/** An item in DynamoDB's own JSON. */
export type Item = Readonly<Record<string, AttributeValue>>

/** What one write did to one item. */
interface Change {
  readonly table: string
  readonly keys: Item
  /** Undefined where there was no item. */
  readonly before: Item | undefined
  readonly after: Item | undefined
  /** The item was deleted because its time had come. */
  readonly byTimeToLive: boolean
}

/** One function on a table's stream. */
export interface StreamConsumer {
  /** Its position in the stream is kept under this name. */
  readonly name: string
  readonly handler: StreamHandler
  /** Records that do not pass are skipped, as by an event-source mapping's filter. Default: all pass. */
  readonly filter?: (record: DynamoDBRecord) => boolean
  /** How often a single record is tried again before it is given up. */
  readonly maximumRetryAttempts: number
  readonly onDiscard: (record: DynamoDBRecord, cause: unknown) => void
}

/** The streams of all tables: changes in, batches out, in order. */
export interface Streams {
  append(change: Change): Promise<void>
  /** Starts a consumer behind the last record it has finished with, or at the oldest one. */
  onStream(table: string, consumer: StreamConsumer): void
  /** Resolves when every consumer has finished with every record, those written meanwhile included. */
  drain(): Promise<void>
  close(): Promise<void>
}

interface Entry {
  readonly table: string
  readonly number: number
  readonly record: DynamoDBRecord
}
interface Position {
  readonly consumer: string
  readonly table: string
  /** Number of the last record that the consumer has finished with. */
  done: number
}

/** Lambda's default for a stream. */
const BATCH_SIZE = 100
/** A stream keeps its records for 24 hours, delivered or not (DynamoDB developer guide, Streams). */
const RETENTION_S = 24 * 3600
/** A stream's sequence number has 21 digits, so that they sort as text too. */
const FIRST_SEQUENCE_NUMBER = 10n ** 20n

function eventNameOf(change: Change): 'INSERT' | 'MODIFY' | 'REMOVE' {
  if (change.before === undefined) return 'INSERT'
  return change.after === undefined ? 'REMOVE' : 'MODIFY'
}

function toRecord(change: Change, number: number, clock: Clock): DynamoDBRecord {
  const sequenceNumber = String(FIRST_SEQUENCE_NUMBER + BigInt(number))
  return {
    eventID: sequenceNumber,
    eventName: eventNameOf(change),
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: `arn:aws:dynamodb:us-east-1:000000000000:table/${change.table}/stream/local`,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(clock.now() / 1000),
      Keys: change.keys,
      ...(change.after === undefined ? {} : { NewImage: change.after }),
      ...(change.before === undefined ? {} : { OldImage: change.before }),
      SequenceNumber: sequenceNumber,
      SizeBytes: JSON.stringify([change.before, change.after]).length,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    ...(change.byTimeToLive ? { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } } : {}),
  }
}

const keyOf = (entry: Entry): string => String(entry.number).padStart(16, '0')

/**
 * Opens the streams with what an earlier run left undelivered. Records and positions are kept in the two drawers; a
 * record leaves when every consumer known has finished with it, or after 24 hours.
 */
export async function openStreams(records: Drawer, positions: Drawer, clock: Clock, sleep: Sleep): Promise<Streams> {
  let entries = (await records.values()) as Entry[]
  const known = (await positions.values()) as Position[]
  let last = Math.max(0, ...entries.map((entry) => entry.number), ...known.map((position) => position.done))
  const closing = new AbortController()
  const consumers: { position: Position; wake: () => void; idle: () => Promise<void> }[] = []
  let appending: Promise<void> = Promise.resolve()

  const isFinished = (entry: Entry): boolean => {
    const positionsThere = known.filter((position) => position.table === entry.table)
    return positionsThere.length > 0 && positionsThere.every((position) => position.done >= entry.number)
  }
  const isOld = (entry: Entry): boolean =>
    (entry.record.dynamodb?.ApproximateCreationDateTime ?? 0) < clock.now() / 1000 - RETENTION_S

  async function trim(): Promise<void> {
    const leaving = entries.filter((entry) => isFinished(entry) || isOld(entry))
    if (leaving.length === 0) return
    const gone = new Set(leaving)
    entries = entries.filter((entry) => !gone.has(entry))
    await Promise.all(leaving.map((entry) => records.remove(keyOf(entry))))
  }

  function positionOf(table: string, consumer: string): Position {
    const kept = known.find((position) => position.table === table && position.consumer === consumer)
    if (kept !== undefined) return kept
    const position: Position = { consumer, table, done: 0 }
    known.push(position)
    return position
  }
  const keep = (position: Position): Promise<void> => positions.put(`${position.table}~${position.consumer}`, position)

  /** Delivers one batch; false when there is nothing left, or the stream closes. */
  async function deliverNext(position: Position, consumer: StreamConsumer): Promise<boolean> {
    const batch = entries
      .filter((entry) => entry.table === position.table && entry.number > position.done)
      .slice(0, BATCH_SIZE)
    const newest = batch.at(-1)
    if (newest === undefined) return false
    const passing = batch.map((entry) => entry.record).filter((record) => consumer.filter?.(record) ?? true)
    const { handler, maximumRetryAttempts, onDiscard } = consumer
    const delivery = { handler, maximumRetryAttempts, onDiscard, sleep, signal: closing.signal }
    if (passing.length > 0 && !(await deliver(passing, delivery))) return false
    position.done = newest.number
    await keep(position)
    await trim()
    return true
  }

  function startConsumer(position: Position, consumer: StreamConsumer): void {
    let woken = false
    let running: Promise<void> | undefined
    const run = async (): Promise<void> => {
      // Kept before the first delivery: while this consumer is away, its records must not leave.
      await keep(position)
      do {
        woken = false
        while (await deliverNext(position, consumer));
      } while (woken)
      running = undefined
    }
    const wake = (): void => {
      woken = true
      if (running === undefined && !closing.signal.aborted) running = run()
    }
    const idle = async (): Promise<void> => {
      while (running !== undefined) await running
    }
    consumers.push({ position, wake, idle })
    wake()
  }

  async function appendNow(change: Change): Promise<void> {
    last += 1
    const entry: Entry = { table: change.table, number: last, record: toRecord(change, last, clock) }
    await records.put(keyOf(entry), entry)
    entries.push(entry)
    await trim()
    for (const consumer of consumers) consumer.wake()
  }

  return {
    append: (change) => {
      // One after the other: a record's number is its place.
      const appended = appending.then(() => appendNow(change))
      appending = appended.catch(() => {})
      return appended
    },
    onStream: (table, consumer) => startConsumer(positionOf(table, consumer.name), consumer),
    drain: async () => {
      const isBehind = (): boolean =>
        consumers.some(({ position }) =>
          entries.some((entry) => entry.table === position.table && entry.number > position.done),
        )
      do await Promise.all(consumers.map((consumer) => consumer.idle()))
      while (isBehind() && !closing.signal.aborted)
    },
    close: async () => {
      closing.abort()
      await Promise.all(consumers.map((consumer) => consumer.idle()))
    },
  }
}
