import type { AuditableTopic } from '../audited-topic.ts'
import type { TopicAccess } from './access.ts'
import { parseBrokers } from './brokers.ts'
import { connectFetcher, type Fetcher } from './fetcher.ts'
import { openPartitionBuffer, type PartitionBuffer } from './partition-buffer.ts'

/** Kafka says that there are records, and gives none. */
class TopicUnreadable extends Error {
  override readonly name = 'TopicUnreadable'
  constructor(topic: string) {
    super(`Kafka gives no more records of ${topic} though there are some: try again, or look at its brokers`)
  }
}

export interface TopicRecordsOptions extends TopicAccess {
  /** Of the consumer whose progress counts. It is not joined. */
  readonly groupId: string
}

/** A fetch waits half a second: half a minute without a record. */
const EMPTY_FETCHES_MAX = 60

/**
 * The records of a real Kafka's topic, for an audit. Each visit reads them anew, with a client of its own.
 * @throws NotBrokers, TopicUnreadable, and the client's error where no broker answers
 */
export const topicRecords = ({ brokers, topic, groupId, login }: TopicRecordsOptions): AuditableTopic => ({
  async visit(upTo, since, visit) {
    const fetcher = connectFetcher(parseBrokers(brokers), topic, groupId, login)
    try {
      const [beginnings, starts] = await Promise.all([fetcher.beginnings(), fetcher.offsetsSince(since)])
      const ends = await fetcher.endOffsets()
      const committed = await fetcher.committedOffsets(ends.length)
      const until = upTo === 'end' ? ends : ends.map((_, partition) => committed[partition] ?? 0)
      await readAll(fetcher, topic, starts, until, (record) => {
        if (record.timestampMs >= since) visit(record)
      })
      // An older record that is still there says that those since then are, too.
      return starts.every((start, partition) => beginnings[partition] === 0 || start > (beginnings[partition] ?? 0))
    } finally {
      await fetcher.close()
    }
  },
})

async function readAll(
  fetcher: Fetcher,
  topic: string,
  starts: readonly number[],
  until: readonly number[],
  visit: Parameters<AuditableTopic['visit']>[2],
): Promise<void> {
  const isBehind = (buffer: PartitionBuffer): boolean => buffer.position() < (until[buffer.partition] ?? 0)
  let behind = until.map((_, partition) => openPartitionBuffer(partition, starts[partition] ?? 0)).filter(isBehind)
  for (let empty = 0; behind.length > 0; behind = behind.filter(isBehind)) {
    const before = behind.map((buffer) => buffer.position())
    await fetcher.fetchInto(behind)
    for (const buffer of behind) {
      const end = until[buffer.partition] ?? 0
      for (const record of buffer.read(0, Number.MAX_SAFE_INTEGER)) if (record.offset < end) visit(record)
      buffer.commit(buffer.position())
    }
    const isStill = behind.every((buffer, at) => buffer.position() === before[at])
    empty = isStill ? empty + 1 : 0
    if (empty >= EMPTY_FETCHES_MAX) throw new TopicUnreadable(topic)
  }
}
