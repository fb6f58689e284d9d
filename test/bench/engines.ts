import { startDynamoDbLocal } from '../integration/engines/dynamodb-local.ts'
import { startKafka } from '../integration/engines/kafka.ts'
import { againstCollector } from './against-collector.ts'
import { endToEnd } from './end-to-end.ts'
import { onDynamoDbLocal } from './on-dynamodb-local.ts'

/** What `npm run -s bench -- --all` adds: the same code on real engines, and the Collector beside it. Some four minutes, and Java and Go. */
export async function benchOnEngines() {
  await using engines = new AsyncDisposableStack()
  const kafka = await startKafka()
  engines.defer(kafka.close)
  const collector = await againstCollector(kafka.brokers)
  const first = await startDynamoDbLocal()
  const dynamodbLocal = await onDynamoDbLocal(first.client).finally(first.close)
  const second = await startDynamoDbLocal()
  engines.defer(second.close)
  return { dynamodbLocal, collector, endToEnd: await endToEnd(kafka.brokers, second) }
}
