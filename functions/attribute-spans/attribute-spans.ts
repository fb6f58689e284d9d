import pMap from 'p-map'
import type { BookedRow } from '../../layers/adapters/ledger-table.ts'
import type { EdgeDrift } from '../../layers/core/explain/edge-drift.ts'
import { byteFolder } from '../../layers/core/fast-fold/fold-bytes.ts'
import type { DeadLetter } from '../../layers/core/ledger/dead-letter.ts'
import type { SpanOutcomes } from '../../layers/core/ledger/identities.ts'
import type { RecordCounters } from '../../layers/core/ledger/plan-update.ts'
import { refuseOtherTopic, refuseRecreated, TopicRecreated } from '../../layers/core/ledger/recreated-topic.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'
import { shardOf } from '../../layers/core/ledger/shard.ts'
import type { Picodollars } from '../../layers/core/money/picodollars.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { RatingContext } from '../../layers/core/rating/rating-context.ts'
import { MS_PER_DAY } from '../../layers/core/time/days.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { PartitionOpening, PartitionProgress, PartitionReport } from '../../layers/core/windows/progress.ts'
import {
  type FoldedPartition,
  type FoldSettings,
  foldPartition,
  type LetterWork,
  type RowWork,
} from './fold-partition.ts'
import { type KafkaPartition, parseKafkaEvent } from './kafka-event.ts'
import { sampleEdgeDrift } from './sample-edge-drift.ts'
import { valueBytes } from './value-bytes.ts'

/** What attribute-spans asks of the world. */
export interface AttributeSpansPorts {
  readonly now: () => EpochMs
  readonly rating: RatingContext
  readonly maxDeclared: Picodollars
  /** `topic.epoch` of the configuration. */
  readonly topicEpoch: string
  readonly readBook: () => Promise<PriceBook>
  readonly bookRow: (place: RowPlace, records: readonly RecordCounters[]) => Promise<BookedRow>
  readonly keepDeadLetter: (letter: DeadLetter) => Promise<void>
  /** Makes a service known to the close. */
  readonly registerService: (service: string) => Promise<void>
  /** Answers with these partitions' progress until now. */
  readonly markOpen: (openings: readonly PartitionOpening[], now: EpochMs) => Promise<readonly PartitionProgress[]>
  /** Writes the partitions' progress; answers with that of all partitions. */
  readonly reportProgress: (reports: readonly PartitionReport[], now: EpochMs) => Promise<readonly PartitionProgress[]>
  /** Closes the windows that this progress completes, until `isLate` answers true. */
  readonly closeWindows: (
    progress: readonly PartitionProgress[],
    now: EpochMs,
    isLate: () => boolean,
  ) => Promise<unknown>
  readonly observe: (observation: Observation) => void
}

/** What happened to a batch; the handler makes metrics of it. */
export type Observation =
  | {
      readonly kind: 'partition'
      readonly records: number
      readonly spans: number
      readonly rows: number
      /** Row additions that were booked before. */
      readonly fenced: number
      readonly deadLetters: number
      readonly outcomes: SpanOutcomes
      /** Spans that are not counted once: there must be none. */
      readonly drift: number
    }
  /** A sample of spans that declare a cost though they are rated here. */
  | ({ readonly kind: 'edge-drift' } & EdgeDrift)
  | { readonly kind: 'handed-back'; readonly topic: string; readonly partition: number; readonly offset: number }
  | {
      readonly kind: 'failed'
      readonly what: 'booking' | 'dead-letter' | 'topic-recreated' | 'close'
      readonly error: unknown
    }

/** Where each partition has to be delivered again from (Lambda guide: partial batch responses for Kafka). */
export interface KafkaBatchResponse {
  readonly batchItemFailures: readonly {
    readonly itemIdentifier: { readonly partition: string; readonly offset: number }
  }[]
}

/** Rows written side by side; each is one item of its own. */
const ROWS_AT_ONCE = 16

/** A batch of at most so many records was not full, so its partitions were read to their ends (batch size: 10,000) ... */
const FULL_BATCH_RECORDS = 9_000
/** ... and its values of so many characters in base64: Lambda ends an event before the record that would make it larger than 6 MB. */
const FULL_BATCH_CHARACTERS = 4_500_000

/**
 * Books a batch of Kafka records. What fails alone fails alone: a partition is handed back from its lowest unwritten
 * offset, the others go on. `isLate` answers true when the rest has to be handed back.
 * @throws NotAKafkaEvent
 */
export function attributeSpans(ports: AttributeSpansPorts) {
  const registered: Registered = new Map()
  const bytesOf = valueBytes()
  const foldBytes = byteFolder(ports.rating, ports.maxDeclared)
  return async (event: unknown, isLate: () => boolean): Promise<KafkaBatchResponse> => {
    const partitions = parseKafkaEvent(event)
    if (partitions.length === 0) return { batchItemFailures: [] }
    const shards = partitions.map((partition) =>
      shardOf({ cluster: partition.cluster, topic: partition.topic, epoch: ports.topicEpoch }, partition.partition),
    )
    const progress = await ports.markOpen(openingsOf(partitions, shards), ports.now())
    const book = await ports.readBook()
    const full = isFull(partitions)
    const failures: Failure[] = []
    const reports: PartitionReport[] = []
    for (const [index, partition] of partitions.entries()) {
      const shard = shards[index] as string
      const known = progress.find((one) => one.shard === shard)
      if (known !== undefined && isRecreated(ports, partition, known)) {
        failures.push(handedBack(ports, partition, firstOf(partition)))
        continue
      }
      const settings = { bytesOf, foldBytes, book, now: ports.now() }
      const folded = foldPartition(partition, shard, settings)
      observeEdgeDrift(ports, folded, settings)
      const failedAt = await writePartition(ports, registered, partition, folded, isLate)
      if (failedAt === undefined) reports.push(reportOf(partition, shard, ports.now(), full, known?.report))
      else failures.push(handedBack(ports, partition, failedAt))
    }
    await closeWindows(ports, reports, isLate)
    return { batchItemFailures: failures }
  }
}

function observeEdgeDrift(
  { rating: context, maxDeclared, observe }: AttributeSpansPorts,
  { declaring }: FoldedPartition,
  { book, now }: FoldSettings,
): void {
  if (declaring === undefined) return
  const drift = sampleEdgeDrift(declaring, { context, maxDeclared, book, now })
  if (drift !== undefined) observe({ kind: 'edge-drift', ...drift })
}

/** When each service was made known to the close. */
type Registered = Map<string, EpochMs>

/** A service that spends nothing for eight days is forgotten, and a process may live longer than that. */
const REGISTER_AGAIN_AFTER_MS = MS_PER_DAY

type Failure = KafkaBatchResponse['batchItemFailures'][number]

function handedBack({ observe }: AttributeSpansPorts, { topic, partition }: KafkaPartition, offset: number): Failure {
  observe({ kind: 'handed-back', topic, partition, offset })
  return { itemIdentifier: { partition: `${topic}-${partition}`, offset } }
}

const firstOf = ({ records }: KafkaPartition): number => records[0]?.offset ?? 0

const openingsOf = (partitions: readonly KafkaPartition[], shards: readonly string[]): readonly PartitionOpening[] =>
  partitions.flatMap(({ records: [first] }, index) => {
    const shard = shards[index]
    return first === undefined || shard === undefined ? [] : [{ shard, first }]
  })

/**
 * Records of another topic under the old epoch: nothing of them is booked, also not in rows that have no fence yet. They would be
 * booked a second time once the new epoch is configured. The partition's first record tells; where that one is gone (compacted),
 * offsets that it has passed, with records minutes newer than all that it held.
 */
function isRecreated(
  { observe }: AttributeSpansPorts,
  { records }: KafkaPartition,
  { first, report }: PartitionProgress,
): boolean {
  try {
    if (first !== undefined) refuseOtherTopic(first, records)
    if (report !== undefined) {
      const { nextOffset, newestTimestampMs, highestTimestampMs = newestTimestampMs } = report
      refuseRecreated({ offset: nextOffset - 1, timestampMs: highestTimestampMs }, records)
    }
    return false
  } catch (error) {
    observe({ kind: 'failed', what: 'topic-recreated', error })
    return true
  }
}

function isFull(partitions: readonly KafkaPartition[]): boolean {
  let count = 0
  let characters = 0
  for (const { records } of partitions) {
    count += records.length
    for (const { value } of records) characters += value?.length ?? 0
  }
  return count > FULL_BATCH_RECORDS || characters > FULL_BATCH_CHARACTERS
}

/** The offset from which the partition has to be delivered again; undefined when all of it is booked or kept. */
async function writePartition(
  ports: AttributeSpansPorts,
  registered: Registered,
  partition: KafkaPartition,
  folded: FoldedPartition,
  isLate: () => boolean,
): Promise<number | undefined> {
  const failedAt: number[] = []
  let fenced = 0
  await keepLetters(ports, folded.letters, failedAt)
  // one iterator for all writers: whoever is done takes the next row
  const rows = folded.rows.values()
  const writer = async (): Promise<void> => {
    for (const row of rows) {
      const written = isLate() ? undefined : await writeRow(ports, registered, row)
      if (written === undefined) failedAt.push(row.firstOffset)
      else fenced += written
    }
  }
  await Promise.all(Array.from({ length: ROWS_AT_ONCE }, writer))
  ports.observe({
    kind: 'partition',
    records: partition.records.length,
    spans: folded.spans,
    rows: folded.rows.length,
    fenced: fenced + folded.copies,
    deadLetters: folded.letters.length,
    outcomes: folded.outcomes,
    drift: folded.drift,
  })
  return failedAt.length === 0 ? undefined : Math.min(...failedAt)
}

/** How many of the row's additions were booked before; undefined: it could not be written. */
async function writeRow(
  { bookRow, registerService, now, observe }: AttributeSpansPorts,
  registered: Registered,
  { kind, place, records }: RowWork,
): Promise<number | undefined> {
  try {
    if (kind === 'ledger' && !isKnown(registered, place.service, now())) {
      await registerService(place.service)
      keepKnown(registered, place.service, now())
    }
    return (await bookRow(place, records)).fenced
  } catch (error) {
    observe({ kind: 'failed', what: error instanceof TopicRecreated ? 'topic-recreated' : 'booking', error })
    return undefined
  }
}

async function keepLetters(
  ports: AttributeSpansPorts,
  letters: readonly LetterWork[],
  failedAt: number[],
): Promise<void> {
  await pMap(
    letters,
    async ({ letter, offset }) => {
      try {
        await ports.keepDeadLetter(letter)
      } catch (error) {
        failedAt.push(offset)
        ports.observe({ kind: 'failed', what: 'dead-letter', error })
      }
    },
    { concurrency: ROWS_AT_ONCE },
  )
}

const isKnown = (registered: Registered, service: string, now: EpochMs): boolean =>
  now - (registered.get(service) ?? 0) < REGISTER_AGAIN_AFTER_MS

function keepKnown(registered: Registered, service: string, now: EpochMs): void {
  if (registered.size >= 10_000) registered.clear()
  registered.set(service, now)
}

/** Caught up when its newest record was less than 10 s old and the batch not full (DESIGN: when a window is complete). */
function reportOf(
  partition: KafkaPartition,
  shard: string,
  now: EpochMs,
  full: boolean,
  before: PartitionReport | undefined,
): PartitionReport {
  const last = partition.records.at(-1)
  const newestTimestampMs = Math.max(...partition.records.map((record) => record.timestampMs)) as EpochMs
  return {
    shard,
    nextOffset: (last?.offset ?? -1) + 1,
    newestTimestampMs,
    highestTimestampMs: Math.max(newestTimestampMs, before?.highestTimestampMs ?? 0) as EpochMs,
    caughtUp: !full && now - newestTimestampMs < 10_000,
  }
}

/** The batch is booked by now: a close that fails is made up for by the tick, and must not have the batch again. */
async function closeWindows(
  ports: AttributeSpansPorts,
  reports: readonly PartitionReport[],
  isLate: () => boolean,
): Promise<void> {
  if (reports.length === 0) return
  try {
    await ports.closeWindows(await ports.reportProgress(reports, ports.now()), ports.now(), isLate)
  } catch (error) {
    ports.observe({ kind: 'failed', what: 'close', error })
  }
}
