import { startDynamoDbLocal } from '../integration/engines/dynamodb-local.ts'
import { startKafka } from '../integration/engines/kafka.ts'
import { againstCollector } from './against-collector.ts'
import { endToEnd } from './end-to-end.ts'
import { onDynamoDbLocal } from './on-dynamodb-local.ts'

/** What `npm run -s bench -- --all` adds: the same code on real engines, and the Collector beside it. Some four minutes, and Java and Go. */
export async function benchOnEngines() {
  const dynamodbLocal = await onFreshTables(({ client }) => onDynamoDbLocal(client))
  const kafka = await startKafka()
  try {
    const collector = await againstCollector(kafka.brokers)
    return { dynamodbLocal, collector, endToEnd: await onFreshTables((local) => endToEnd(kafka.brokers, local)) }
  } finally {
    await kafka.close()
  }
}

async function onFreshTables<Result>(
  measure: (local: Awaited<ReturnType<typeof startDynamoDbLocal>>) => Promise<Result>,
): Promise<Result> {
  const local = await startDynamoDbLocal()
  try {
    return await measure(local)
  } finally {
    await local.close()
  }
}
