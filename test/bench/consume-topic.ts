import { realSleep } from '../../local/clock.ts'
import { mapKafkaTopic } from '../../local/kafka/map-kafka-topic.ts'
import { bundled } from './bundled.ts'
import type { Progress } from './cpu-of-process.ts'
import { PARTITIONS } from './produced-spans.ts'

/**
 * Reads a topic to its end as the deployed system does, in a process of its own: event-source mapping, the event as JSON, attribute-spans on
 * a ledger in memory. Prints as JSON how much CPU the function had used after each event, the event's JSON parsed by it.
 * `node test/bench/consume-topic.ts BROKERS TOPIC RECORDS`.
 */
const [brokers = '', topic = '', all = '0'] = process.argv.slice(2)

const { attributeSpansInMemory } = bundled<typeof import('./consumer.ts')>('consumer.ts')
const consumer = attributeSpansInMemory()
const seen: Progress[] = []
const cpuSecondsSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}
const { promise: done, resolve } = Promise.withResolvers<void>()
let records = 0
let functionSeconds = 0

const mapping = await mapKafkaTopic({
  brokers,
  topic,
  partitions: PARTITIONS,
  groupId: `${topic}-tollgate`,
  batchSize: 10_000,
  windowMs: 400, // events are full, as at the rate that docs/cost.md is of
  sleep: realSleep,
  onFailure: (error) => {
    throw error
  },
  handler: async (event) => {
    const json = JSON.stringify(event)
    const before = process.cpuUsage()
    const result = await consumer.run({ json })
    functionSeconds += cpuSecondsSince(before)
    records += Object.values(event.records).reduce((sum, each) => sum + each.length, 0)
    seen.push({ records, cpuSeconds: functionSeconds })
    if (records >= Number(all)) resolve()
    return result
  },
})
mapping.start()
await done
await mapping.close()
process.stdout.write(JSON.stringify(seen))
