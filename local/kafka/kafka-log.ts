import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { PartitionedLog } from '../log/log.ts'
import type { AppendOptions } from '../log/record.ts'
import { parseBrokers } from './brokers.ts'
import { ensureTopic } from './topic.ts'

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
export async function connectKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const { topic } = options
  const bootstrapBrokers = parseBrokers(options.brokers)
  const partitions = await ensureTopic(bootstrapBrokers, topic, options.partitions)
  const producer = new Producer({ clientId: 'tollgate-log', bootstrapBrokers, acks: ProduceAcks.ALL })
  return {
    topic,
    partitions,
    append: async (value, record) => {
      const { offsets } = await producer.send({ messages: [toMessage(topic, value, record)] })
      const [at] = offsets ?? []
      if (at === undefined) throw new Error(`Kafka took a record of ${topic} and gave it no offset`)
      return { partition: at.partition, offset: Number(at.offset) }
    },
    close: () => producer.close(),
  }
}

function toMessage(topic: string, value: Uint8Array, { key, headers = [], timestampMs, partition }: AppendOptions) {
  return {
    topic,
    value: Buffer.from(value),
    timestamp: BigInt(timestampMs),
    // Keys of the map are objects: a name that comes twice stays twice.
    headers: new Map(headers.map(([name, bytes]) => [Buffer.from(name), Buffer.from(bytes)])),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    ...(key !== undefined || partition === undefined ? {} : { partition }),
  }
}
