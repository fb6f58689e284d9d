import type { MSKEvent, MSKRecord, SelfManagedKafkaEvent } from 'aws-lambda'
import * as z from 'zod'
import { backoffMs } from '../backoff.ts'
import type { Sleep } from '../clock.ts'
import { cutBatch } from './batch.ts'
import type { ConsumedRecord } from './record.ts'
import type { RecordSource } from './record-source.ts'

/** What Lambda sends for a batch of an MSK cluster, or of any other Kafka. */
export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent

/** The function behind the mapping, as Lambda calls it. */
export type KafkaHandler = (event: KafkaEvent) => Promise<unknown>

export interface EventSourceMappingOptions {
  readonly log: RecordSource
  readonly handler: KafkaHandler
  /** Most records of one invocation; Lambda's limit is 10,000. */
  readonly batchSize: number
  /** How long `start` gathers records after the first one, ms; a full batch goes at once. */
  readonly windowMs: number
  readonly sleep: Sleep
  /** Told of each failed invocation; the batch is tried again, for ever. */
  readonly onFailure: (cause: unknown, failuresInARow: number) => void
}

/** One consumer between the log and the function. */
export interface EventSourceMapping {
  /** Resolves when everything that was in the log at the call is committed, or the mapping closes. */
  drain(): Promise<void>
  /** Polls until it is closed. */
  start(): void
  /** Stops after the invocation that is running. */
  close(): Promise<void>
}

/** The function did not finish with these records; what became of the others is committed. */
export class RecordsFailed extends Error {
  override readonly name = 'RecordsFailed'
}

/** Lambda guide, kafka-retry-configurations: the identifier is an object, `topic-partition` and an offset. */
const responseSchema = z
  .object({
    batchItemFailures: z
      .array(z.object({ itemIdentifier: z.object({ partition: z.string(), offset: z.int() }) }))
      .nullish(),
  })
  .nullish()

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function toKafkaRecord(topic: string, record: ConsumedRecord): MSKRecord {
  const { partition, offset, timestampMs, key, headers, value } = record
  return {
    ...{ topic, partition, offset, timestamp: timestampMs, timestampType: 'CREATE_TIME' },
    ...(key === undefined ? {} : { key: toBase64(key) }),
    ...(value === undefined ? {} : { value: toBase64(value) }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...bytes] })),
    // A record without a key has no `key` in the event, a tombstone no `value`; aws-lambda's types say that they must.
  } as MSKRecord
}

/** The event that Lambda's Kafka mapping would send for this batch. */
function toEvent({ cluster, topic }: RecordSource, batch: readonly ConsumedRecord[]): KafkaEvent {
  const records: MSKEvent['records'] = {}
  for (const record of batch) {
    const name = `${topic}-${record.partition}`
    records[name] ??= []
    records[name].push(toKafkaRecord(topic, record))
  }
  return { ...cluster, records }
}

/** For each partition of the batch the offset behind its last record. */
function endsOf(batch: readonly ConsumedRecord[]): Map<number, number> {
  return new Map(batch.map((record) => [record.partition, record.offset + 1]))
}

/**
 * Where each partition of the batch goes on after the function's response: behind the batch, or at its lowest failed
 * offset.
 * @throws RecordsFailed when an identifier names no record of the batch, or the response has another shape: all of it
 * failed
 */
function resumeOffsets(topic: string, batch: readonly ConsumedRecord[], response: unknown): Map<number, number> {
  const parsed = responseSchema.safeParse(response)
  if (!parsed.success) throw new RecordsFailed('the response is no batchItemFailures: the whole batch failed')
  const resume = endsOf(batch)
  for (const { itemIdentifier } of parsed.data?.batchItemFailures ?? []) {
    const { partition, offset } = itemIdentifier
    const failed = batch.find((record) => `${topic}-${record.partition}` === partition && record.offset === offset)
    if (failed === undefined) {
      throw new RecordsFailed(`${partition} has no offset ${offset} in this batch: the whole batch failed`)
    }
    resume.set(failed.partition, Math.min(offset, resume.get(failed.partition) ?? offset))
  }
  return resume
}

/**
 * Maps a log to a function as Lambda's MSK event-source mapping does: batches over several partitions, each in order;
 * a throw brings the same batch again, batchItemFailures the partition from there; both for ever, backing off.
 */
export function mapEventSource(options: EventSourceMappingOptions): EventSourceMapping {
  const { log, handler, sleep } = options
  const closing = new AbortController()
  let first = 0
  let again: readonly ConsumedRecord[] | undefined
  let failuresInARow = 0
  let polling: Promise<void> = Promise.resolve()
  let loop: Promise<void> = Promise.resolve()

  async function settle(batch: readonly ConsumedRecord[], response: unknown): Promise<void> {
    const resume = resumeOffsets(log.topic, batch, response)
    await log.commit(resume)
    again = undefined
    const left = batch.filter((record) => record.offset >= (resume.get(record.partition) ?? 0)).length
    if (left < batch.length) failuresInARow = 0
    if (left > 0) throw new RecordsFailed(`the function handed back ${left} of ${batch.length} records`)
  }

  /** A partition can be given to another consumer while its batch waits to be tried again. */
  function isMine({ partition, offset }: ConsumedRecord): boolean {
    return offset >= log.committed(partition) && offset < log.endOffset(partition)
  }

  async function pollOnce(): Promise<void> {
    const batch = again?.filter(isMine) ?? []
    if (batch.length === 0) batch.push(...cutBatch(log, options.batchSize, first))
    first = (first + 1) % log.partitions
    if (batch.length === 0 || closing.signal.aborted) return
    again = batch
    try {
      await settle(batch, await handler(toEvent(log, batch)))
    } catch (cause) {
      failuresInARow += 1
      options.onFailure(cause, failuresInARow)
      await sleep(backoffMs(failuresInARow), closing.signal)
    }
  }

  /** One poll at a time, whoever asks. */
  function poll(): Promise<void> {
    polling = polling.then(pollOnce)
    return polling
  }

  /** Anew each time: partitions may be added. */
  const partitions = (): readonly number[] => Array.from({ length: log.partitions }, (_, number) => number)
  const unread = (): number => partitions().reduce((sum, p) => sum + log.endOffset(p) - log.committed(p), 0)

  let wake = (): void => {}
  log.onAppend(() => wake())
  closing.signal.addEventListener('abort', () => wake())

  async function pollUntilClosed(): Promise<void> {
    while (!closing.signal.aborted) {
      if (unread() === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      if (unread() < options.batchSize) await sleep(options.windowMs, closing.signal)
      await poll()
    }
  }

  return {
    drain: async () => {
      const targets = partitions().map((partition) => log.endOffset(partition))
      // A partition that is given away meanwhile ends where it is committed.
      const isBehind = (end: number, partition: number): boolean =>
        log.committed(partition) < Math.min(end, log.endOffset(partition))
      while (!closing.signal.aborted && targets.some(isBehind)) await poll()
    },
    start: () => {
      loop = pollUntilClosed()
    },
    close: async () => {
      closing.abort()
      await loop
      await polling
    },
  }
}
