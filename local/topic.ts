import type { AuditableTopic } from './audited-topic.ts'
import type { Sleep } from './clock.ts'
import { connectKafkaLog } from './kafka/kafka-log.ts'
import { mapKafkaTopic } from './kafka/map-kafka-topic.ts'
import { topicRecords } from './kafka/topic-records.ts'
import { type EventSourceMapping, type KafkaHandler, mapEventSource } from './log/event-source-mapping.ts'
import { openLog, type PartitionedLog } from './log/log.ts'
import { logRecords } from './log/log-records.ts'

/** The topic that carries the spans: the local log, or one of a real Kafka. */
export interface LocalTopic {
  readonly append: PartitionedLog['append']
  /** The local log; undefined for a real Kafka. */
  readonly log: PartitionedLog | undefined
  /** All that is in the topic, for an audit. */
  readonly records: AuditableTopic
  /** Maps the topic to attribute-spans, as the deployed event-source mapping does. */
  map(handler: KafkaHandler): Promise<EventSourceMapping>
  close(): Promise<void>
}

export interface LocalTopicSettings {
  readonly name: string
  readonly partitions: number
  /** `HOST:PORT,HOST:PORT` of a real Kafka; the local log without it. */
  readonly brokers: string | undefined
  readonly folder: string | undefined
  readonly sleep: Sleep
  readonly onFailure: (cause: unknown) => void
}

/** As the deployed event-source mapping has them, but for a shorter window: someone is waiting at a terminal. */
const BATCH_SIZE = 10_000
const BATCH_WINDOW_MS = 1_000
const GROUP_ID = 'tollgate-attribute-spans'

/**
 * Opens the topic.
 * @throws NotBrokers, and the Kafka client's error where no broker answers
 */
export async function openTopic(settings: LocalTopicSettings): Promise<LocalTopic> {
  const { name: topic, partitions, brokers, sleep, onFailure } = settings
  const mapped = { batchSize: BATCH_SIZE, windowMs: BATCH_WINDOW_MS, sleep, onFailure }
  if (brokers === undefined) {
    const log = await openLog(topic, settings.folder)
    return {
      append: log.append,
      log,
      records: logRecords(log),
      map: async (handler) => mapEventSource({ ...mapped, log, handler }),
      close: log.close,
    }
  }
  const kafka = await connectKafkaLog({ brokers, topic, partitions })
  return {
    append: kafka.append,
    log: undefined,
    records: topicRecords({ brokers, topic, groupId: GROUP_ID }),
    map: (handler) => mapKafkaTopic({ ...mapped, brokers, topic, partitions, groupId: GROUP_ID, handler }),
    close: kafka.close,
  }
}
