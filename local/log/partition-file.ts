import { type FileHandle, open, readFile, rename, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import type { LogRecord } from './record.ts'

/** One partition on disk: a JSON line a record, appended. */
export interface PartitionFile {
  append(record: LogRecord): Promise<void>
  /** Replaces the file by these records. */
  rewrite(records: readonly LogRecord[]): Promise<void>
  close(): Promise<void>
}

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'))
const lineSchema = z.object({
  offset: z.int().min(0),
  timestampMs: z.int().transform((ms) => ms as EpochMs),
  key: base64.optional(),
  headers: z.array(z.tuple([z.string(), base64])),
  value: base64,
})

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function toLine({ offset, timestampMs, key, headers, value }: LogRecord): string {
  const line = {
    offset,
    timestampMs,
    ...(key === undefined ? {} : { key: toBase64(key) }),
    headers: headers.map(([name, bytes]) => [name, toBase64(bytes)]),
    value: toBase64(value),
  }
  return `${JSON.stringify(line)}\n`
}

function fromLine(line: string, partition: number): LogRecord {
  const { offset, timestampMs, key, headers, value } = lineSchema.parse(JSON.parse(line))
  return { partition, offset, timestampMs, headers, value, ...(key === undefined ? {} : { key }) }
}

/** The whole lines of a file; a last line without its end is a write that a crash cut off, and was never answered. */
async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function replace(path: string, records: readonly LogRecord[]): Promise<FileHandle> {
  await writeFile(`${path}.new`, records.map(toLine).join(''))
  await rename(`${path}.new`, path)
  return open(path, 'a')
}

/** Opens a partition's file, made anew from its whole lines, and answers with the records it held. */
export async function openPartitionFile(
  path: string,
  partition: number,
): Promise<{ file: PartitionFile; records: LogRecord[] }> {
  const records = (await readLines(path)).map((line) => fromLine(line, partition))
  let handle = await replace(path, records)
  const file: PartitionFile = {
    append: async (record) => {
      const { size } = await handle.stat()
      try {
        await handle.appendFile(toLine(record))
      } catch (error) {
        // Half a line would spoil the next one.
        await handle.truncate(size)
        throw error
      }
    },
    rewrite: async (kept) => {
      await handle.close()
      handle = await replace(path, kept)
    },
    close: () => handle.close(),
  }
  return { file, records }
}
