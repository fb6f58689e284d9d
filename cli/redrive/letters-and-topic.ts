import type { DeadLettersBucket } from '../../layers/adapters/dead-letters-bucket.ts'
import type { TopicAccess } from '../../local/kafka/access.ts'
import type { PartitionedLog } from '../../local/log/log.ts'

/** Where letters lie and the topic that they go to. */
export interface LettersAndTopic {
  readonly letters: DeadLettersBucket
  readonly produce: PartitionedLog['append']
  close(): Promise<void>
}

/** Those of a stopped `tollgate dev --data FOLDER`: its bucket and its log. */
export async function openFolder(folder: string, topic: string): Promise<LettersAndTopic> {
  const [{ openLocalLetters }, { openLog }] = await Promise.all([
    import('../../local/local-letters.ts'),
    import('../../local/log/log.ts'),
  ])
  const local = await openLocalLetters(folder)
  const log = await openLog(topic, folder)
  return {
    letters: local.letters,
    produce: log.append,
    close: async () => {
      await log.close()
      await local.close()
    },
  }
}

/** A bucket in AWS, with the caller's credentials, and a topic of brokers that this machine reaches. */
export async function openBucket(bucket: string, topic: TopicAccess): Promise<LettersAndTopic> {
  const [{ openDeadLetters }, { connectTopicProducer }] = await Promise.all([
    import('../../layers/adapters/dead-letters-bucket.ts'),
    import('../../local/kafka/topic-producer.ts'),
  ])
  const producer = connectTopicProducer(topic)
  return { letters: openDeadLetters(bucket), produce: producer.append, close: producer.close }
}
