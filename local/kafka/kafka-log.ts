import type { PartitionedLog } from '../log/log.ts'
import { parseBrokers } from './brokers.ts'
import { ensureTopic } from './topic.ts'
import { connectTopicProducer } from './topic-producer.ts'

/** The writing side of a topic of a real Kafka. */
export type KafkaLog = Pick<PartitionedLog, 'topic' | 'partitions' | 'append' | 'close'>

export interface KafkaLogOptions {
  /** `HOST:PORT,HOST:PORT` */
  readonly brokers: string
  readonly topic: string
  /** Of a topic that has to be made. */
  readonly partitions: number
}

/**
 * Connects the writing side of a topic, and makes the topic where it is not there yet. A record is appended when all
 * in-sync copies have it.
 * @throws NotBrokers, and the client's error where no broker answers
 */
export async function connectKafkaLog({ brokers, topic, partitions }: KafkaLogOptions): Promise<KafkaLog> {
  const made = await ensureTopic(parseBrokers(brokers), topic, partitions)
  return { topic, partitions: made, ...connectTopicProducer({ brokers, topic }) }
}
