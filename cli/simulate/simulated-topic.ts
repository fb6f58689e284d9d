import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { PartitionProgress } from '../../layers/core/windows/progress.ts'

/** Partitions of the topic; those that the scenario does not use carry other services' spans, and are read as they come. */
const PARTITIONS = 12
/** A batch waits for its window, and is booked. */
const BATCH_S = 2
/** A partition is caught up when its newest record was younger than this. */
const CAUGHT_UP_S = 10

/** A record in the topic. Times are seconds since the epoch. */
interface TopicRecord {
  readonly partition: number
  /** When the topic got it: its Kafka timestamp. */
  readonly arrivedS: number
  /** In seconds of normal traffic. */
  readonly volume: number
  /** What its consumer does with it. */
  readonly consume: (nowS: number) => void
}

/** The topic and its consumers: records of a partition are read in order, as fast as the partition is read. */
export interface SimulatedTopic {
  send(record: TopicRecord): void
  /** Consumes what is read by then. */
  consumeUntil(nowS: number): void
  /** What the partitions tell of themselves. */
  progress(nowS: number): readonly PartitionProgress[]
}

interface Partition {
  readonly queue: (TopicRecord & { readonly readS: number })[]
  freeS: number
  newestS: number
}

/** `capacityOf`: seconds of normal traffic that a partition's consumer reads in one. Nothing is read from `downS[0]` to `downS[1]`. */
export function createTopic(
  capacityOf: (partition: number) => number,
  downS: readonly [number, number] | undefined,
): SimulatedTopic {
  const partitions = Array.from({ length: PARTITIONS }, (): Partition => ({ queue: [], freeS: 0, newestS: 0 }))
  const isDown = (atS: number): boolean => downS !== undefined && atS >= downS[0] && atS < downS[1]
  const readFrom = (atS: number): number => (downS !== undefined && isDown(atS) ? downS[1] : atS)
  return {
    send: (record) => {
      const partition = partitions[record.partition]
      if (partition === undefined) return
      const startS = readFrom(Math.max(partition.freeS, record.arrivedS + BATCH_S))
      partition.freeS = startS + record.volume / capacityOf(record.partition)
      partition.queue.push({ ...record, readS: partition.freeS })
    },
    consumeUntil: (nowS) => {
      for (const partition of partitions) {
        let read = 0
        for (const record of partition.queue) {
          if (record.readS > nowS) break
          record.consume(nowS)
          partition.newestS = record.arrivedS
          read += 1
        }
        partition.queue.splice(0, read)
      }
    },
    progress: (nowS) =>
      partitions.map(({ queue, newestS }, place) => {
        const shard = `simulated.${place}`
        const waitsSinceS = queue[0]?.arrivedS ?? nowS
        const caughtUp = waitsSinceS > nowS - CAUGHT_UP_S
        const report = { shard, nextOffset: 0, newestTimestampMs: ms(caughtUp ? nowS - 1 : newestS), caughtUp }
        if (downS !== undefined && isDown(nowS)) {
          const before = { ...report, newestTimestampMs: ms(downS[0] - 1), caughtUp: true }
          return { shard, openSinceMs: ms(downS[0]), report: before, reportedAtMs: ms(downS[0]) }
        }
        return { shard, openSinceMs: caughtUp ? undefined : ms(nowS - 1), report, reportedAtMs: ms(nowS) }
      }),
  }
}

const ms = (seconds: number): EpochMs => Math.round(seconds * 1000) as EpochMs
