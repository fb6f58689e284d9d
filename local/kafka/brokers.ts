import type { KafkaCluster } from '../log/record-source.ts'

/** A list of brokers that no client could use. */
export class NotBrokers extends Error {
  override readonly name = 'NotBrokers'
  constructor(given: string) {
    super(`"${given}" names no brokers: write HOST:PORT, several with commas between them`)
  }
}

/**
 * `HOST:PORT,HOST:PORT` as a list.
 * @throws NotBrokers
 */
export function parseBrokers(given: string): string[] {
  const brokers = given.split(',').map((broker) => broker.trim())
  if (!brokers.every((broker) => /^[^\s:]+:\d{1,5}$/.test(broker))) throw new NotBrokers(given)
  return brokers
}

/** The cluster as Lambda's event for a self-managed Kafka names it. */
export function clusterOf(brokers: readonly string[]): KafkaCluster {
  return { eventSource: 'SelfManagedKafka', bootstrapServers: brokers.join(',') }
}
