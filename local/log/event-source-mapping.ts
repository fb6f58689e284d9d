import type { MSKEvent, MSKRecord } from 'aws-lambda'
import * as z from 'zod'
import { backoffMs } from '../backoff.ts'
import type { Sleep } from '../clock.ts'
import { cutBatch } from './batch.ts'
import type { PartitionedLog } from './log.ts'
import type { LogRecord } from './record.ts'

/** The function behind the mapping, as Lambda calls it. */
export type KafkaHandler = (event: MSKEvent) => Promise<unknown>

export interface EventSourceMappingOptions {
  readonly log: PartitionedLog
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

/** As the deployed cluster's event says it; the shard of a ledger row is a hash of this and the topic. */
export const LOCAL_CLUSTER_ARN =
  'arn:aws:kafka:us-east-1:000000000000:cluster/tollgate-local/00000000-0000-0000-0000-000000000000-1'
const BOOTSTRAP_SERVERS = 'b-1.tollgate-local:9098,b-2.tollgate-local:9098'

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

function toKafkaRecord(topic: string, record: LogRecord): MSKRecord {
  const { partition, offset, timestampMs, key, headers, value } = record
  return {
    ...{ topic, partition, offset, timestamp: timestampMs, timestampType: 'CREATE_TIME' },
    ...(key === undefined ? {} : { key: toBase64(key) }),
    value: toBase64(value),
    headers: headers.map(([name, bytes]) => ({ [name]: [...bytes] })),
    // A record without a key has no `key` in the event; aws-lambda's types say that it must.
  } as MSKRecord
}

/** The event that Lambda's MSK mapping would send for this batch. */
function toEvent(topic: string, batch: readonly LogRecord[]): MSKEvent {
  const records: MSKEvent['records'] = {}
  for (const record of batch) {
    const name = `${topic}-${record.partition}`
    records[name] ??= []
    records[name].push(toKafkaRecord(topic, record))
  }
  return { eventSource: 'aws:kafka', eventSourceArn: LOCAL_CLUSTER_ARN, bootstrapServers: BOOTSTRAP_SERVERS, records }
}

/** For each partition of the batch the offset behind its last record. */
function endsOf(batch: readonly LogRecord[]): Map<number, number> {
  return new Map(batch.map((record) => [record.partition, record.offset + 1]))
}

/**
 * Where each partition of the batch goes on after the function's response: behind the batch, or at its lowest failed
 * offset.
 * @throws RecordsFailed when an identifier names no record of the batch, or the response has another shape: all of it
 * failed
 */
function resumeOffsets(topic: string, batch: readonly LogRecord[], response: unknown): Map<number, number> {
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
  let again: readonly LogRecord[] | undefined
  let failuresInARow = 0
  let polling: Promise<void> = Promise.resolve()
  let loop: Promise<void> = Promise.resolve()

  async function settle(batch: readonly LogRecord[], response: unknown): Promise<void> {
    const resume = resumeOffsets(log.topic, batch, response)
    await log.commit(resume)
    again = undefined
    const left = batch.filter((record) => record.offset >= (resume.get(record.partition) ?? 0)).length
    if (left < batch.length) failuresInARow = 0
    if (left > 0) throw new RecordsFailed(`the function handed back ${left} of ${batch.length} records`)
  }

  async function pollOnce(): Promise<void> {
    const batch = again ?? cutBatch(log, options.batchSize, first)
    first = (first + 1) % log.partitions
    if (batch.length === 0 || closing.signal.aborted) return
    again = batch
    try {
      await settle(batch, await handler(toEvent(log.topic, batch)))
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

  const partitions = Array.from({ length: log.partitions }, (_, number) => number)
  const unread = (): number => partitions.reduce((sum, p) => sum + log.endOffset(p) - log.committed(p), 0)

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
      const targets = partitions.map((partition) => log.endOffset(partition))
      while (!closing.signal.aborted && targets.some((end, partition) => log.committed(partition) < end)) await poll()
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
