import { setTimeout as pause } from 'node:timers/promises'
import { Admin, ListOffsetTimestamps, Producer } from '@platformatic/kafka'
import { PARTITIONS, TOPIC } from './fuzz-configuration.ts'
import type { ProducedRecord } from './traffic.ts'

/** The topic and its groups, from outside. Each call waits until the broker can do it. */
export interface TopicControl {
  /** Deletes the topic where it is there, and makes it anew. */
  recreate(): Promise<void>
  produce(records: readonly ProducedRecord[]): Promise<void>
  /** Throws all members out of a group: those that are dead would hold their partitions until their session ends. */
  evict(groupId: string): Promise<number>
  /** Records of the topic that the group has not finished with. */
  lag(groupId: string): Promise<bigint>
  close(): Promise<void>
}

const RETRY_MS = 250

export function connectTopic(brokers: string): TopicControl {
  const client = { clientId: 'tollgate-fuzz', bootstrapBrokers: [brokers] }
  const producer = new Producer(client)

  async function asAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin(client)
    try {
      return await use(admin)
    } finally {
      await admin.close()
    }
  }

  return {
    recreate: () =>
      untilDone(() =>
        asAdmin(async (admin) => {
          if ((await admin.listTopics()).includes(TOPIC)) await admin.deleteTopics({ topics: [TOPIC] })
          // The run's clock leaves the broker's behind, which takes an hour's advance for a mistake.
          const configs = [{ name: 'message.timestamp.after.max.ms', value: String(2n ** 63n - 1n) }]
          await admin.createTopics({ topics: [TOPIC], partitions: PARTITIONS, replicas: 1, configs })
        }),
      ),
    produce: (records) =>
      untilDone(async () => {
        await producer.send({
          acks: -1,
          messages: records.map(({ partition, timestampMs, key, value }) => ({
            ...{ topic: TOPIC, partition, timestamp: BigInt(timestampMs) },
            ...(key === undefined ? {} : { key }),
            ...(value === undefined ? {} : { value }),
          })),
        })
      }),
    evict: (groupId) =>
      asAdmin(async (admin) => {
        const group = (await admin.describeGroups({ groups: [groupId] })).get(groupId)
        const members = [...(group?.members.keys() ?? [])].map((memberId) => ({ memberId }))
        if (members.length > 0) await admin.removeMembersFromConsumerGroup({ groupId, members })
        return members.length
      }),
    lag: (groupId) =>
      asAdmin(async (admin) => {
        const [group] = await admin.listConsumerGroupOffsets({ groups: [groupId] })
        const committed = group?.topics.find(({ name }) => name === TOPIC)?.partitions ?? []
        const requests = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({
          partitionIndex,
          timestamp: ListOffsetTimestamps.LATEST,
        }))
        const listed = await admin.listOffsets({ topics: [{ name: TOPIC, partitions: requests }] })
        const ends = listed.find(({ name }) => name === TOPIC)?.partitions ?? []
        return ends.reduce((lag, { partitionIndex, offset }) => {
          const own = committed.find((one) => one.partitionIndex === partitionIndex)?.committedOffset ?? 0n
          return lag + (offset > own ? offset - own : 0n)
        }, 0n)
      }),
    close: () => producer.close(),
  }
}

/** Tries for as long as a broker takes to come back. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  const endMs = Date.now() + 60_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > endMs) throw error
      await pause(RETRY_MS)
    }
  }
}
