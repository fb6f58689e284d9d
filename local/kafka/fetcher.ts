import { Consumer, findErrorBy, ListOffsetTimestamps } from '@platformatic/kafka'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { accessOf, type KafkaLogin } from './access.ts'
import { readBatches } from './fetched-records.ts'
import type { PartitionBuffer } from './partition-buffer.ts'

/** Reads partitions of a topic into their buffers. */
export interface Fetcher {
  /** One fetch from every leader; waits up to half a second for the first record. True: a buffer has got more. */
  fetchInto(buffers: readonly PartitionBuffer[]): Promise<boolean>
  /** Behind the last record of each partition that no open transaction holds back. */
  endOffsets(): Promise<readonly number[]>
  /** How many partitions the topic has; seconds after some were added. */
  partitions(): Promise<number>
  /** The oldest record of each partition that is still there. */
  beginnings(): Promise<readonly number[]>
  /** The first record of each partition whose timestamp is not before that; its end where there is none. */
  offsetsSince(timestampMs: EpochMs): Promise<readonly number[]>
  /** Where the group goes on in each of so many partitions; undefined where it has finished with nothing. */
  committedOffsets(partitions: number): Promise<readonly (number | undefined)[]>
  close(): Promise<void>
}

/** The client does not export its name. */
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

const WAIT_MS = 500
const FETCH_MAX_BYTES = 16 * 1024 * 1024
const PARTITION_MAX_BYTES = 1024 * 1024
const UNKNOWN_EPOCH = -1
/** Kafka protocol, error codes: the offset is not, or no longer, in the partition. */
const OFFSET_OUT_OF_RANGE = 1

/**
 * Connects a client that only fetches: a fetch that waits for records holds its connection, and heartbeats and commits
 * must not wait behind it.
 */
export function connectFetcher(
  brokers: readonly string[],
  topic: string,
  groupId: string,
  login?: KafkaLogin,
): Fetcher {
  const client = new Consumer({
    ...accessOf(login),
    clientId: 'tollgate-mapping-fetcher',
    bootstrapBrokers: [...brokers],
    groupId,
    maxWaitTime: WAIT_MS,
    maxBytes: FETCH_MAX_BYTES,
  })

  async function describe() {
    const described = (await client.metadata({ topics: [topic] })).topics.get(topic)
    if (described === undefined) throw new Error(`Kafka has no topic ${topic}`)
    return described
  }

  async function endOffsets(): Promise<readonly number[]> {
    const ends = (await client.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.LATEST })).get(topic)
    return (ends ?? []).map(Number)
  }

  async function beginnings(): Promise<readonly number[]> {
    const oldest = await client.listOffsets({ topics: [topic], timestamp: ListOffsetTimestamps.EARLIEST })
    return (oldest.get(topic) ?? []).map(Number)
  }

  /** Retention, or a new topic of the same name, has taken the records there: on with the oldest that there are. */
  async function seekToBeginning(
    response: FetchResponse,
    buffers: ReadonlyMap<number, PartitionBuffer>,
  ): Promise<void> {
    const oldest = await beginnings()
    for (const { partitionIndex, errorCode } of response.responses.flatMap(({ partitions }) => partitions)) {
      if (errorCode === OFFSET_OUT_OF_RANGE) {
        buffers.get(partitionIndex)?.seek(oldest[partitionIndex] ?? 0)
      }
    }
  }

  async function fetchFrom(node: number, topicId: string, own: readonly PartitionBuffer[]): Promise<boolean> {
    const buffers = new Map(own.map((buffer) => [buffer.partition, buffer]))
    const from = new Map(own.map((buffer) => [buffer.partition, buffer.position()]))
    const partitions = own.map(({ partition }) => ({
      ...{ partition, fetchOffset: BigInt(from.get(partition) ?? 0), partitionMaxBytes: PARTITION_MAX_BYTES },
      ...{ currentLeaderEpoch: UNKNOWN_EPOCH, lastFetchedEpoch: UNKNOWN_EPOCH },
    }))
    let response: FetchResponse
    try {
      response = await client.fetch({ node, topics: [{ topicId, partitions }] })
    } catch (error) {
      const outOfRange = findErrorBy(error as Error, 'apiId', 'OFFSET_OUT_OF_RANGE')
      const refused = (error as { response?: FetchResponse }).response
      if (outOfRange === null || refused === undefined) throw error
      await seekToBeginning(refused, buffers)
      return false
    }
    let more = false
    for (const { partitionIndex, records } of response.responses.flatMap((one) => one.partitions)) {
      const buffer = buffers.get(partitionIndex)
      const start = from.get(partitionIndex)
      // A fetch session may still serve a partition that is no longer asked for; and a commit may have gone ahead.
      if (buffer === undefined || start === undefined || buffer.position() !== start) continue
      const fetched = readBatches(records ?? [], partitionIndex, start)
      buffer.add(fetched)
      more ||= fetched.records.length > 0
    }
    return more
  }

  return {
    fetchInto: async (buffers) => {
      const described = await describe()
      const byLeader = Map.groupBy(buffers, ({ partition }) => described.partitions[partition]?.leader ?? -1)
      const outcomes = await Promise.allSettled(
        [...byLeader].map(([leader, own]) => fetchFrom(leader, described.id, own)),
      )
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) {
        client.clearMetadata()
        throw failed.reason
      }
      return outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value)
    },
    endOffsets,
    partitions: async () => (await describe()).partitionsCount,
    beginnings,
    offsetsSince: async (timestampMs) => {
      const [since, ends] = await Promise.all([
        client.listOffsets({ topics: [topic], timestamp: BigInt(timestampMs) }),
        endOffsets(),
      ])
      return ends.map((end, partition) => {
        const offset = Number(since.get(topic)?.[partition] ?? -1n)
        return offset < 0 ? end : offset
      })
    },
    committedOffsets: async (partitions) => {
      const all = Array.from({ length: partitions }, (_, partition) => partition)
      const offsets = (await client.listCommittedOffsets({ topics: [{ topic, partitions: all }] })).get(topic) ?? []
      return all.map((partition) => {
        const offset = offsets[partition]
        return offset === undefined || offset < 0n ? undefined : Number(offset)
      })
    },
    close: () => client.close(),
  }
}
