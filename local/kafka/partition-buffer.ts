import type { ConsumedRecord } from '../log/record.ts'
import type { FetchedRecords } from './fetched-records.ts'

/** One partition that a consumer holds: what it has fetched and not finished with. */
export interface PartitionBuffer {
  readonly partition: number
  /** Where the next fetch begins. */
  position(): number
  /** The first offset that is not finished with; `position` where nothing waits. */
  committed(): number
  /** Where the group goes on when everything before `offset` is finished with: gaps behind it are finished with, too. */
  resumeAt(offset: number): number
  /** True: enough for a batch waits, fetch no more. */
  isFull(): boolean
  read(offset: number, maxRecords: number): readonly ConsumedRecord[]
  add(fetched: FetchedRecords): void
  commit(offset: number): void
  /** Forgets what waits, and goes on at `offset`: those between are gone from the topic. */
  seek(offset: number): void
}

/** More than a batch of 6 MB holds, in base64; 12 partitions of it and a fetch more are below 100 MB. */
const FULL_BYTES = 6_000_000

const bytesOf = (records: readonly ConsumedRecord[]): number =>
  records.reduce((sum, { value, key }) => sum + (value?.length ?? 0) + (key?.length ?? 0), 0)

export function openPartitionBuffer(partition: number, offset: number): PartitionBuffer {
  let records: ConsumedRecord[] = []
  let position = offset
  let bytes = 0

  const indexOf = (from: number): number => {
    const index = records.findIndex((record) => record.offset >= from)
    return index === -1 ? records.length : index
  }
  const committed = (): number => records[0]?.offset ?? position

  return {
    partition,
    position: () => position,
    committed,
    resumeAt: (from) => records[indexOf(from)]?.offset ?? Math.max(from, position),
    isFull: () => bytes >= FULL_BYTES,
    read: (from, maxRecords) => {
      const start = indexOf(from)
      return records.slice(start, start + maxRecords)
    },
    add: (fetched) => {
      records.push(...fetched.records)
      bytes += bytesOf(fetched.records)
      position = fetched.nextOffset
    },
    commit: (from) => {
      const done = records.splice(0, indexOf(from))
      bytes -= bytesOf(done)
      position = Math.max(position, from)
    },
    seek: (to) => {
      records = []
      bytes = 0
      position = to
    },
  }
}
