import { join } from 'node:path'
import { openPartitionFile } from './partition-file.ts'
import { type AppendOptions, LogFull, type LogRecord } from './record.ts'

/** One partition: records in order of their offset. */
export interface Partition {
  readonly number: number
  append(value: Uint8Array, options: AppendOptions): Promise<number>
  read(offset: number, maxRecords: number): readonly LogRecord[]
  endOffset(): number
  committed(): number
  commit(offset: number): void
  close(): Promise<void>
}

/** Records that the consumer has finished with are kept up to this size: 12 partitions of it are 96 MiB. */
const RETAINED_MAX_BYTES = 8 * 1024 * 1024
/** What the consumer has not read yet. Eight times the receiver's largest request; beyond it the log is full. */
const UNREAD_MAX_BYTES = 512 * 1024 * 1024
/** A file is rewritten when this much has been appended to it since the last time. */
const REWRITE_AFTER_BYTES = 8 * RETAINED_MAX_BYTES

const sum = (records: readonly LogRecord[]): number => records.reduce((bytes, record) => bytes + record.value.length, 0)

/** Opens partition `number`, with what its file holds where there is a folder. */
export async function openPartition(number: number, committedBefore: number, folder?: string): Promise<Partition> {
  const opened = folder === undefined ? undefined : await openPartitionFile(join(folder, `${number}.jsonl`), number)
  let records = opened?.records ?? []
  let end = (records.at(-1)?.offset ?? -1) + 1
  if (end < committedBefore) {
    // The file lost its end, the commits did not: an offset is never given twice, and offsets in memory have no gap.
    records = []
    end = committedBefore
  }
  let committed = committedBefore
  let bytes = sum(records)
  let unreadBytes = sum(records.filter((record) => record.offset >= committed))
  let appendedBytes = 0
  let writing: Promise<unknown> = Promise.resolve()

  /** Lets go of the oldest records that the consumer has finished with. */
  function forget(): void {
    let leaving = 0
    for (const record of records) {
      if (bytes <= RETAINED_MAX_BYTES || record.offset >= committed) break
      bytes -= record.value.length
      leaving += 1
    }
    if (leaving > 0) records = records.slice(leaving)
  }

  async function write(value: Uint8Array, { key, headers = [], timestampMs }: AppendOptions): Promise<number> {
    const record: LogRecord = {
      ...{ partition: number, offset: end, timestampMs, headers, value },
      ...(key === undefined ? {} : { key }),
    }
    if (appendedBytes > REWRITE_AFTER_BYTES) {
      await opened?.file.rewrite(records)
      appendedBytes = 0
    }
    await opened?.file.append(record)
    end += 1
    records.push(record)
    bytes += value.length
    appendedBytes += value.length
    forget()
    return record.offset
  }

  return {
    number,
    append: (value, options) => {
      if (unreadBytes + value.length > UNREAD_MAX_BYTES) return Promise.reject(new LogFull(number))
      // Counted before it is written, so that many at once cannot all find room.
      unreadBytes += value.length
      const written = writing.then(() => write(value, options))
      writing = written.catch(() => {
        unreadBytes -= value.length
      })
      return written
    },
    read: (offset, maxRecords) => {
      const first = records[0]?.offset ?? end
      const from = Math.max(0, offset - first)
      return records.slice(from, from + maxRecords)
    },
    endOffset: () => end,
    committed: () => committed,
    commit: (offset) => {
      if (offset <= committed) return
      const start = records[0]?.offset ?? end
      unreadBytes -= sum(records.slice(Math.max(0, committed - start), Math.max(0, offset - start)))
      committed = offset
      forget()
    },
    close: async () => {
      await writing
      await opened?.file.close()
    },
  }
}
