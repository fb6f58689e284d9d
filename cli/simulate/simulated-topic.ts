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

/** When the consumers read nothing: seconds since the epoch, the end excluded. */
interface Outage {
  readonly fromS: number
  readonly toS: number
  /** They are called, and fail: that leaves their partitions open. */
  readonly areCalled: boolean
}

/** `capacityOf`: seconds of normal traffic that a partition's consumer reads in one. */
export function createTopic(capacityOf: (partition: number) => number, down: Outage | undefined): SimulatedTopic {
  const partitions = Array.from({ length: PARTITIONS }, (): Partition => ({ queue: [], freeS: 0, newestS: 0 }))
  const isDown = (atS: number): boolean => down !== undefined && atS >= down.fromS && atS < down.toS
  const readFrom = (atS: number): number => (down !== undefined && isDown(atS) ? down.toS : atS)
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
        if (down !== undefined && isDown(nowS)) {
          const before = { ...report, newestTimestampMs: ms(down.fromS - 1), caughtUp: true }
          const openSinceMs = down.areCalled ? ms(down.fromS) : undefined
          return { shard, openSinceMs, report: before, reportedAtMs: ms(down.fromS) }
        }
        return { shard, openSinceMs: caughtUp ? undefined : ms(nowS - 1), report, reportedAtMs: ms(nowS) }
      }),
  }
}

const ms = (seconds: number): EpochMs => Math.round(seconds * 1000) as EpochMs
