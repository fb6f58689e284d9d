import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { PartitionedLog } from '../log/log.ts'
import type { AppendOptions } from '../log/record.ts'
import { accessOf, type TopicAccess } from './access.ts'
import { parseBrokers } from './brokers.ts'

/** The writing side of a topic that is there. */
export type TopicProducer = Pick<PartitionedLog, 'append' | 'close'>

/**
 * Connects the writing side of a topic. A record is appended when all in-sync copies have it.
 * @throws NotBrokers; `append` throws the client's error where no broker answers
 */
export function connectTopicProducer({ brokers, topic, login }: TopicAccess): TopicProducer {
  const producer = new Producer({
    clientId: 'tollgate-log',
    bootstrapBrokers: parseBrokers(brokers),
    acks: ProduceAcks.ALL,
    ...accessOf(login),
  })
  return {
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
