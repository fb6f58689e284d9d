import { ProduceAcks, Producer, type SASLOptions } from '@platformatic/kafka'
import type { PartitionedLog } from '../log/log.ts'
import type { AppendOptions } from '../log/record.ts'
import { parseBrokers } from './brokers.ts'

/** How a client signs in, always over TLS: with a name and a password, or with tokens of AWS. */
export type KafkaLogin =
  | { readonly kind: 'scram'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: () => Promise<string> }

/** The writing side of a topic that is there. */
export type TopicProducer = Pick<PartitionedLog, 'append' | 'close'>

export interface TopicProducerOptions {
  /** `HOST:PORT,HOST:PORT` */
  readonly brokers: string
  readonly topic: string
  /** Undefined: neither TLS nor a login. */
  readonly login?: KafkaLogin
}

/**
 * Connects the writing side of a topic. A record is appended when all in-sync copies have it.
 * @throws NotBrokers; `append` throws the client's error where no broker answers
 */
export function connectTopicProducer({ brokers, topic, login }: TopicProducerOptions): TopicProducer {
  const producer = new Producer({
    clientId: 'tollgate-log',
    bootstrapBrokers: parseBrokers(brokers),
    acks: ProduceAcks.ALL,
    ...(login === undefined ? {} : { tls: {}, sasl: saslOf(login) }),
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

/** MSK's SCRAM is SHA-512; its IAM listener takes OAUTHBEARER from clients other than Java's (MSK developer guide). */
function saslOf(login: KafkaLogin): SASLOptions {
  if (login.kind === 'token') return { mechanism: 'OAUTHBEARER', token: login.token }
  return { mechanism: 'SCRAM-SHA-512', username: login.username, password: login.password }
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
