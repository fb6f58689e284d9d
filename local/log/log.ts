import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { openPartition, type Partition } from './partition.ts'
import type { AppendOptions, LogRecord } from './record.ts'
import type { KafkaCluster, RecordSource } from './record-source.ts'

/** A topic of a Kafka cluster with one consumer group, as far as the local system needs it. */
export interface PartitionedLog extends RecordSource {
  /**
   * Appends a record; resolves when it is where it will survive.
   * @throws LogFull, or the file system's error; the record is then not in the log.
   */
  append(value: Uint8Array, options: AppendOptions): Promise<{ partition: number; offset: number }>
  read(partition: number, offset: number, maxRecords: number): readonly LogRecord[]
  close(): Promise<void>
}

/** The partition that was asked for does not exist. */
export class NoSuchPartition extends Error {
  override readonly name = 'NoSuchPartition'
}

/** Events say what those of a deployed cluster would. */
export const LOCAL_CLUSTER = {
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/tollgate-local/00000000-0000-0000-0000-000000000000-1',
  bootstrapServers: 'b-1.tollgate-local:9098,b-2.tollgate-local:9098',
} as const satisfies KafkaCluster

/** As many as the deployed topic has. */
export const PARTITIONS = 12

const commitsSchema = z.record(z.string(), z.int().min(0))

/** FNV-1a, the Collector's `sarama_compat` partitioner's hash. */
function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

async function readCommits(path: string): Promise<Record<string, number>> {
  try {
    return commitsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Opens a log of 12 partitions, in memory or, given a folder, in `FOLDER/log`: records and committed offsets. */
export async function openLog(topic: string, folder?: string): Promise<PartitionedLog> {
  const home = folder === undefined ? undefined : join(folder, 'log')
  if (home !== undefined) await mkdir(home, { recursive: true })
  const commitsPath = home === undefined ? undefined : join(home, 'commits.json')
  const commits = commitsPath === undefined ? {} : await readCommits(commitsPath)
  const partitions: readonly Partition[] = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, number) => openPartition(number, commits[number] ?? 0, home)),
  )
  let turn = 0
  let committing: Promise<void> = Promise.resolve()
  const listeners: (() => void)[] = []

  function partitionAt(number: number): Partition {
    const partition = partitions[number]
    if (partition === undefined) throw new NoSuchPartition(`there is no partition ${number}: 0 to ${PARTITIONS - 1}`)
    return partition
  }
  function choose({ key, partition }: AppendOptions): Partition {
    if (key !== undefined) return partitionAt(hashOf(key) % PARTITIONS)
    if (partition !== undefined) return partitionAt(partition)
    turn = (turn + 1) % PARTITIONS
    return partitionAt(turn)
  }
  async function keepCommits(): Promise<void> {
    if (commitsPath === undefined) return
    const offsets = Object.fromEntries(partitions.map((partition, number) => [number, partition.committed()]))
    await writeFile(`${commitsPath}.new`, JSON.stringify(offsets))
    await rename(`${commitsPath}.new`, commitsPath)
  }

  return {
    cluster: LOCAL_CLUSTER,
    topic,
    partitions: PARTITIONS,
    append: async (value, options) => {
      const partition = choose(options)
      const offset = await partition.append(value, options)
      for (const listener of listeners) listener()
      return { partition: partition.number, offset }
    },
    read: (partition, offset, maxRecords) => partitionAt(partition).read(offset, maxRecords),
    endOffset: (partition) => partitionAt(partition).endOffset(),
    committed: (partition) => partitionAt(partition).committed(),
    commit: async (offsets) => {
      for (const [partition, offset] of offsets) partitionAt(partition).commit(offset)
      const kept = committing.then(keepCommits)
      committing = kept.catch(() => {})
      await kept
    },
    onAppend: (listener) => {
      listeners.push(listener)
    },
    close: async () => {
      await committing
      await Promise.all(partitions.map((partition) => partition.close()))
    },
  }
}
