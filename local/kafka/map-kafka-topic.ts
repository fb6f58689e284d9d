import { type EventSourceMapping, type EventSourceMappingOptions, mapEventSource } from '../log/event-source-mapping.ts'
import { clusterOf, parseBrokers } from './brokers.ts'
import { connectFetcher } from './fetcher.ts'
import { joinGroup } from './group-member.ts'
import { ensureTopic } from './topic.ts'
import { readTopic, type TopicReader } from './topic-reader.ts'

export interface KafkaMappingOptions extends Omit<EventSourceMappingOptions, 'log'> {
  /** `HOST:PORT,HOST:PORT` */
  readonly brokers: string
  readonly topic: string
  /** Of a topic that has to be made. */
  readonly partitions: number
  /** Mappings of one group share the partitions among them. */
  readonly groupId: string
}

/**
 * Maps a topic of a real Kafka to a function, as Lambda's event-source mapping for a self-managed Kafka does. Begins at
 * the group's committed offsets, else at the oldest record (TRIM_HORIZON). Aborted transactions are not delivered.
 * `onFailure` also hears of failures to reach Kafka.
 * @throws NotBrokers, and the client's error where no broker answers
 */
export async function mapKafkaTopic(options: KafkaMappingOptions): Promise<EventSourceMapping> {
  const { topic, groupId, sleep, onFailure } = options
  const brokers = parseBrokers(options.brokers)
  const partitions = await ensureTopic(brokers, topic, options.partitions)
  const member = await joinGroup(brokers, topic, groupId)
  const fetcher = connectFetcher(brokers, topic, groupId)
  const reader = readTopic({ cluster: clusterOf(brokers), topic, partitions, member, fetcher, sleep, onFailure })
  await reader.fetched()
  const mapping = mapEventSource({ ...options, log: reader })
  let closed = false
  return {
    drain: async () => {
      const ends = await reader.endOffsets()
      while (!closed && isBehind(reader, ends)) {
        await mapping.drain()
        if (isBehind(reader, ends)) await reader.fetched()
      }
    },
    start: mapping.start,
    close: async () => {
      closed = true
      await mapping.close()
      await reader.close()
    },
  }
}

/** Has this member anything to do below these offsets? */
function isBehind(reader: TopicReader, ends: readonly number[]): boolean {
  return ends.some((end, partition) => reader.holds(partition) && reader.committed(partition) < end)
}
