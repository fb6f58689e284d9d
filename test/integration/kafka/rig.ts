import { Admin, type Producer } from '@platformatic/kafka'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { realSleep } from '../../../local/clock.ts'
import { type KafkaMappingOptions, mapKafkaTopic } from '../../../local/kafka/map-kafka-topic.ts'
import type { EventSourceMapping, KafkaEvent, KafkaHandler } from '../../../local/log/event-source-mapping.ts'

/** A time of a record: any will do. */
export const TIMESTAMP_MS = 1_795_000_000_000 as EpochMs
export const PARTITIONS = 12
/** How long a test waits for engines that share two cores with a build; when they are alone it is a second or ten. */
export const PATIENCE = { timeout: 90_000, interval: 100 }
/** Of a whole test: it may wait more than once. */
export const TEST_MS = 240_000

/** One record as a handler got it. */
export interface Delivered {
  readonly partition: number
  readonly offset: number
  /** Undefined for a tombstone. */
  readonly value: string | undefined
}

export const deliveredIn = (event: KafkaEvent): Delivered[] =>
  Object.values(event.records)
    .flat()
    .map(({ partition, offset, value }) => ({
      ...{ partition, offset },
      value: value === undefined ? undefined : Buffer.from(value, 'base64').toString(),
    }))

/** A mapping for tests: small window, failures are ignored unless the test asks for them. */
export function mapTopic(
  brokers: string,
  topic: string,
  handler: KafkaHandler,
  changes: Partial<KafkaMappingOptions> = {},
): Promise<EventSourceMapping> {
  return mapKafkaTopic({
    ...{ brokers, topic, handler, partitions: PARTITIONS, groupId: `${topic}-readers` },
    ...{ batchSize: 100, windowMs: 5, sleep: realSleep, onFailure: () => {}, ...changes },
  })
}

/** Makes a topic with settings of its own. */
export async function createTopic(
  brokers: string,
  topic: string,
  partitions: number,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({
      topics: [topic],
      ...{ partitions, replicas: 1 },
      configs: Object.entries(settings).map(([name, value]) => ({ name, value })),
    }),
  )
}

export async function withAdmin<T>(brokers: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [brokers] })
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}

/** Sends values to one partition, each a batch of its own. */
export async function sendEach(producer: Pick<Producer, 'send'>, topic: string, values: readonly string[]) {
  for (const value of values) {
    await producer.send({ messages: [{ topic, partition: 0, value: Buffer.from(value) }] })
  }
}
