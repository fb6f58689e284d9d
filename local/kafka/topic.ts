import { Admin, findErrorBy } from '@platformatic/kafka'

/** The brokers' own default number of copies. */
const DEFAULT_COPIES = -1

/**
 * Makes the topic where it is not there yet. Answers with its number of partitions, which is its owner's where it was
 * there before.
 * @throws the client's error where no broker answers
 */
export async function ensureTopic(brokers: readonly string[], topic: string, partitions: number): Promise<number> {
  const admin = new Admin({ clientId: 'tollgate-topic', bootstrapBrokers: [...brokers] })
  try {
    await createTopic(admin, topic, partitions)
    const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true })
    return topics.get(topic)?.partitionsCount ?? partitions
  } finally {
    await admin.close()
  }
}

async function createTopic(admin: Admin, topic: string, partitions: number): Promise<void> {
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: DEFAULT_COPIES })
  } catch (error) {
    if (findErrorBy(error as Error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error
  }
}
