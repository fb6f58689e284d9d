import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realSleep } from '../../local/clock.ts'
import { mapKafkaTopic } from '../../local/kafka/map-kafka-topic.ts'
import { bundled } from './bundled.ts'
import type { Progress } from './cpu-of-process.ts'
import { PARTITIONS } from './produced-spans.ts'

/**
 * Reads a topic to its end as the deployed system does: event-source mapping, the event as JSON, attribute-spans on a ledger in memory. Prints as
 * JSON how much CPU the function had used after each event, the event's JSON parsed by it. What the mapping does comes first, and its
 * events wait in files: in one process its garbage would be collected at the function's expense, or the function's at the mapping's.
 * `node test/bench/consume-topic.ts BROKERS TOPIC RECORDS`.
 */
const [brokers = '', topic = '', all = '0'] = process.argv.slice(2)

interface WaitingEvent {
  readonly file: string
  readonly records: number
}

const folder = mkdtempSync(join(tmpdir(), 'tollgate-events-'))
try {
  const events = await eventsOfTopic()
  process.stdout.write(JSON.stringify(await consume(events)))
} finally {
  rmSync(folder, { recursive: true })
}

async function eventsOfTopic(): Promise<readonly WaitingEvent[]> {
  const events: WaitingEvent[] = []
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let read = 0
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
      const records = Object.values(event.records).reduce((sum, each) => sum + each.length, 0)
      const file = join(folder, `${events.length}.json`)
      writeFileSync(file, JSON.stringify(event))
      events.push({ file, records })
      read += records
      if (read >= Number(all)) resolve()
      return { batchItemFailures: [] }
    },
  })
  mapping.start()
  await done
  await mapping.close()
  return events
}

/** All that the process uses, its garbage collected, but for reading the files. */
async function consume(events: readonly WaitingEvent[]): Promise<readonly Progress[]> {
  const { attributeSpansInMemory } = bundled<typeof import('./consumer.ts')>('consumer.ts')
  const consumer = attributeSpansInMemory()
  const seen: Progress[] = []
  let records = 0
  let cpuSeconds = 0
  for (const event of events) {
    const json = readFileSync(event.file, 'latin1')
    const before = process.cpuUsage()
    await consumer.run({ json })
    const { user, system } = process.cpuUsage(before)
    cpuSeconds += (user + system) / 1e6
    records += event.records
    seen.push({ records, cpuSeconds })
  }
  return seen
}
