import { Admin, Producer } from '@platformatic/kafka'
import { ensureTopic } from '../../local/kafka/topic.ts'
import { BASE } from './consumer.ts'
import { recordsOf } from './msk-event.ts'

/** As many as a poller has, and so an event. */
export const PARTITIONS = 1
/** Records made once and produced over and over. */
const DISTINCT_RECORDS = 24
/** A batch of a partition is below a megabyte, as Kafka asks. */
const RECORDS_AT_ONCE = 2

/** A topic with spans in it. */
export interface ProducedSpans {
  readonly topic: string
  readonly records: number
  readonly spans: number
  readonly bytesPerSpan: number
}

/** Fills a new topic with about so many of the spans that the benchmark's one-line results are of, ended within the last minute. */
export async function produceSpans(brokers: string, topic: string, spans: number): Promise<ProducedSpans> {
  await ensureTopic([brokers], topic, PARTITIONS)
  const distinct = recordsOf({ ...BASE, now: Date.now() }, DISTINCT_RECORDS)
  const records = Math.ceil(spans / BASE.spansPerRecord)
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [brokers] })
  try {
    for (let from = 0; from < records; from += RECORDS_AT_ONCE) {
      const places = Array.from({ length: Math.min(RECORDS_AT_ONCE, records - from) }, (_, place) => from + place)
      await producer.send({
        messages: places.map((place) => ({
          topic,
          partition: place % PARTITIONS,
          value: Buffer.from(distinct[place % DISTINCT_RECORDS] ?? new Uint8Array()),
          timestamp: BigInt(Date.now()),
        })),
      })
    }
  } finally {
    await producer.close()
  }
  const bytes = distinct.reduce((sum, record) => sum + record.length, 0)
  return {
    topic,
    records,
    spans: records * BASE.spansPerRecord,
    bytesPerSpan: bytes / DISTINCT_RECORDS / BASE.spansPerRecord,
  }
}

/** How many of the topic's records a consumer group has committed. */
export function committedRecords(brokers: string, topic: string, group: string) {
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [brokers] })
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  return {
    read: async (): Promise<number> => {
      const groups = await admin.listConsumerGroupOffsets({
        groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: partitions }] }],
      })
      const offsets = groups.flatMap(({ topics }) => topics.flatMap(({ partitions: each }) => each))
      return offsets.reduce((sum, { committedOffset }) => sum + Math.max(0, Number(committedOffset)), 0)
    },
    close: () => admin.close(),
  }
}
