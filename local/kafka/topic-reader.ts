import { backoffMs } from '../backoff.ts'
import type { Sleep } from '../clock.ts'
import type { KafkaCluster, RecordSource } from '../log/record-source.ts'
import type { Fetcher } from './fetcher.ts'
import type { GroupMember } from './group-member.ts'
import { openPartitionBuffer, type PartitionBuffer } from './partition-buffer.ts'

/** A topic as one member of its group reads it. A partition of another member looks empty. */
export interface TopicReader extends RecordSource {
  /** Is the partition this member's, and known where it goes on? */
  holds(partition: number): boolean
  /** Resolves after the next fetch, when there is nothing to fetch for, or when the reader closes. */
  fetched(): Promise<void>
  /** Behind the last record of each partition. */
  endOffsets(): Promise<readonly number[]>
  close(): Promise<void>
}

export interface TopicReaderOptions {
  readonly cluster: KafkaCluster
  readonly topic: string
  /** As many as the topic has; those that are added later are noticed. */
  readonly partitions: number
  readonly member: GroupMember
  readonly fetcher: Fetcher
  readonly sleep: Sleep
  /** Told of each failure in a row to reach Kafka; it is tried again, for ever. */
  readonly onFailure: (cause: unknown, failuresInARow: number) => void
}

/**
 * Fetches ahead of the function, partition by partition up to a batch's worth, as long as it is open. After a rebalance
 * it forgets everything and goes on where the group has committed: what another member finished is not given again.
 */
export function readTopic(options: TopicReaderOptions): TopicReader {
  const { member, fetcher, sleep } = options
  const closing = new AbortController()
  const listeners: (() => void)[] = []
  let buffers = new Map<number, PartitionBuffer>()
  let assignmentHeld = 0
  let partitions = options.partitions
  let wake = Promise.withResolvers<void>()
  let fetched = Promise.withResolvers<void>()

  const rouse = (): void => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  member.onChange(() => {
    // Until the offsets are known, nothing can be read; what was fetched may be another member's by now.
    buffers = new Map()
    rouse()
  })
  closing.signal.addEventListener('abort', rouse)

  async function takePartitions(): Promise<void> {
    const assignment = member.assignment()
    if (assignment === assignmentHeld) return
    const offsets = await member.resumeOffsets(member.partitions())
    if (member.assignment() !== assignment) return
    buffers = new Map([...offsets].map(([partition, offset]) => [partition, openPartitionBuffer(partition, offset)]))
    assignmentHeld = assignment
  }

  async function noticeAdded(): Promise<void> {
    const now = await fetcher.partitions()
    if (now <= partitions) return
    await member.reassign()
    partitions = now
  }

  async function fetchOnce(): Promise<void> {
    await member.rejoin()
    await noticeAdded()
    await takePartitions()
    const hungry = [...buffers.values()].filter((buffer) => !buffer.isFull())
    const woken = wake.promise
    if (hungry.length > 0 && (await fetcher.fetchInto(hungry))) for (const listener of listeners) listener()
    fetched.resolve()
    fetched = Promise.withResolvers()
    if (hungry.length === 0) await woken
  }

  async function fetchUntilClosed(): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        await fetchOnce()
        failures = 0
      } catch (cause) {
        if (closing.signal.aborted) break
        failures += 1
        options.onFailure(cause, failures)
        await sleep(backoffMs(failures), closing.signal)
      }
    }
    fetched.resolve()
  }
  const loop = fetchUntilClosed()

  return {
    cluster: options.cluster,
    topic: options.topic,
    get partitions() {
      return partitions
    },
    read: (partition, offset, maxRecords) => buffers.get(partition)?.read(offset, maxRecords) ?? [],
    endOffset: (partition) => buffers.get(partition)?.position() ?? 0,
    committed: (partition) => buffers.get(partition)?.committed() ?? 0,
    commit: async (offsets) => {
      const held = buffers
      // Another member may have come further with a partition that was away and is back.
      const mine = [...offsets].filter(([partition, offset]) => (held.get(partition)?.committed() ?? offset) < offset)
      const resume = mine.map(
        ([partition, offset]) => [partition, held.get(partition)?.resumeAt(offset) ?? offset] as const,
      )
      if (resume.length > 0) await member.commit(new Map(resume))
      for (const [partition, offset] of mine) held.get(partition)?.commit(offset)
      rouse()
    },
    onAppend: (listener) => {
      listeners.push(listener)
    },
    fetched: () => (closing.signal.aborted ? Promise.resolve() : fetched.promise),
    holds: (partition) => buffers.has(partition),
    endOffsets: fetcher.endOffsets,
    close: async () => {
      closing.abort()
      await loop
      await fetcher.close()
      await member.close()
    },
  }
}
