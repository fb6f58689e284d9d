import { Consumer, ListOffsetTimestamps } from '@platformatic/kafka'

/** One member of a consumer group that reads one topic: which partitions are its own, and how far the group has come. */
export interface GroupMember {
  /** Grows with every assignment; an answer to a question of an earlier one is out of date. */
  assignment(): number
  /** The partitions of the newest assignment. */
  partitions(): readonly number[]
  /** Joins again where the membership was lost for good: the client goes on by itself after all else. */
  rejoin(): Promise<void>
  /** Has the group shared the partitions anew, those that were added since among them. */
  reassign(): Promise<void>
  /** Where the group goes on in these partitions: at its committed offsets, at the topic's beginning where it has none. */
  resumeOffsets(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
  /** Calls the listener at every new assignment, and when the membership is lost. */
  onChange(listener: () => void): void
  close(): Promise<void>
}

/** A member that says nothing for so long has left; the broker's own shortest is 6 s. */
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 1_000
/** How long a rebalance waits for members. */
const REBALANCE_TIMEOUT_MS = 20_000
/** A commit without the leader's epoch: the protocol's word for none. */
const NO_EPOCH = -1

/** Joins the group, and resolves when it has an assignment, be it of no partition. */
export async function joinGroup(brokers: readonly string[], topic: string, groupId: string): Promise<GroupMember> {
  const consumer = new Consumer({
    clientId: 'tollgate-mapping',
    bootstrapBrokers: [...brokers],
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
  })
  let assignment = 0
  let lost = false
  const listeners: (() => void)[] = []
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  consumer.on('consumer:group:join', () => {
    assignment += 1
    tell()
  })
  // The client emits it when it could not join again, and tries no more.
  consumer.on('error', () => {
    lost = true
    tell()
  })
  consumer.topics.trackAll(topic)
  await consumer.joinGroup()

  async function beginnings(partitions: readonly number[]): Promise<readonly bigint[]> {
    const request = {
      topics: [topic],
      partitions: { [topic]: [...partitions] },
      timestamp: ListOffsetTimestamps.EARLIEST,
    }
    return (await consumer.listOffsets(request)).get(topic) ?? []
  }

  return {
    assignment: () => assignment,
    partitions: () => consumer.assignments?.find((one) => one.topic === topic)?.partitions ?? [],
    rejoin: async () => {
      if (!lost) return
      await consumer.joinGroup()
      lost = false
    },
    reassign: async () => {
      await consumer.joinGroup()
    },
    resumeOffsets: async (partitions) => {
      if (partitions.length === 0) return new Map()
      const request = { topics: [{ topic, partitions: [...partitions] }] }
      const committed = (await consumer.listCommittedOffsets(request)).get(topic) ?? []
      const unread = partitions.filter((partition) => (committed[partition] ?? -1n) < 0n)
      const first = unread.length === 0 ? [] : await beginnings(unread)
      return new Map(
        partitions.map((partition) => {
          const offset = unread.includes(partition) ? first[partition] : committed[partition]
          return [partition, Number(offset ?? 0n)]
        }),
      )
    },
    commit: (offsets) =>
      consumer.commit({
        offsets: [...offsets].map(([partition, offset]) => ({
          ...{ topic, partition, offset: BigInt(offset), leaderEpoch: NO_EPOCH },
        })),
      }),
    onChange: (listener) => {
      listeners.push(listener)
    },
    close: () => consumer.close(),
  }
}
