import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectKafkaLog, type KafkaLog } from '../../../local/kafka/kafka-log.ts'
import { RecordsFailed } from '../../../local/log/event-source-mapping.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'
import {
  createTopic,
  type Delivered,
  deliveredIn,
  mapTopic,
  PARTITIONS,
  PATIENCE,
  sendEach,
  TEST_MS,
  TIMESTAMP_MS,
  withAdmin,
} from './rig.ts'

let kafka: Kafka

beforeAll(async () => {
  kafka = await startKafka()
}, 180_000)

afterAll(() => kafka?.close())

const connect = (topic: string): Promise<KafkaLog> =>
  connectKafkaLog({ brokers: kafka.brokers, topic, partitions: PARTITIONS })

const append = (log: KafkaLog, value: string, partition: number) =>
  log.append(Buffer.from(value), { timestampMs: TIMESTAMP_MS, partition })

/** Values of each partition that got any, in the order of delivery. */
function byPartition(delivered: readonly Delivered[]): Record<number, (string | undefined)[]> {
  const values: Record<number, (string | undefined)[]> = {}
  for (const { partition, value } of delivered) values[partition] = [...(values[partition] ?? []), value]
  return values
}

/** The first delivery of each record: what a ledger with a fence books. */
function firstDeliveries(delivered: readonly Delivered[]): Delivered[] {
  const ends = new Map<number, number>()
  return delivered.filter(({ partition, offset }) => {
    const isFirst = offset >= (ends.get(partition) ?? 0)
    if (isFirst) ends.set(partition, offset + 1)
    return isFirst
  })
}

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => String(from + i))

describe('the event-source mapping on Kafka', { timeout: TEST_MS }, () => {
  it('makes the topic, and delivers what Lambda would: cluster, coordinates, key and headers', async () => {
    const log = await connect('shape')
    expect(log.partitions).toBe(PARTITIONS)
    const at = await log.append(Buffer.from('spans'), {
      timestampMs: TIMESTAMP_MS,
      key: Buffer.from('checkout'),
      headers: [
        ['origin', Buffer.from('a')],
        ['origin', Buffer.from('b')],
      ],
    })
    const events: unknown[] = []
    const mapping = await mapTopic(kafka.brokers, 'shape', async (event) => void events.push(event))
    await mapping.drain()
    const record = {
      ...{ topic: 'shape', ...at, timestamp: TIMESTAMP_MS, timestampType: 'CREATE_TIME' },
      ...{ key: 'Y2hlY2tvdXQ=', value: 'c3BhbnM=', headers: [{ origin: [97] }, { origin: [98] }] },
    }
    expect(events).toEqual([
      {
        ...{ eventSource: 'SelfManagedKafka', bootstrapServers: kafka.brokers },
        records: { [`shape-${at.partition}`]: [record] },
      },
    ])
    await mapping.close()
    await log.close()
  })

  it('delivers each partition in order, several at a time, and goes on where its group ended', async () => {
    const log = await connect('order')
    for (const value of numbers(40)) await append(log, value, Number(value) % 4)
    const events: Delivered[][] = []
    const handler = async (event: Parameters<typeof deliveredIn>[0]) => void events.push(deliveredIn(event))
    const first = await mapTopic(kafka.brokers, 'order', handler, { batchSize: 16 })
    await first.drain()
    await first.close()
    expect(Math.max(...events.map((event) => event.length))).toBeLessThanOrEqual(16)
    expect(Object.keys(byPartition(events[0] ?? []))).toEqual(['0', '1', '2', '3'])
    const every4th = (start: number) => numbers(40).filter((value) => Number(value) % 4 === start)
    expect(byPartition(events.flat())).toEqual({ 0: every4th(0), 1: every4th(1), 2: every4th(2), 3: every4th(3) })

    await append(log, 'later', 2)
    events.length = 0
    const second = await mapTopic(kafka.brokers, 'order', handler)
    await second.drain()
    await second.close()
    expect(events.flat().map(({ value }) => value)).toEqual(['later'])
    await log.close()
  })

  it('brings a batch again after a throw, and a partition again from its failed offset while others go on', async () => {
    const log = await connect('again')
    for (const value of numbers(6)) await append(log, value, Number(value) % 2)
    const seen: (Record<number, (string | undefined)[]> | undefined)[] = []
    const failures: unknown[] = []
    const answers = [
      () => Promise.reject(new Error('down')),
      async () => ({ batchItemFailures: [{ itemIdentifier: { partition: 'again-1', offset: 1 } }] }),
    ]
    const mapping = await mapTopic(
      kafka.brokers,
      'again',
      async (event) => {
        seen.push(byPartition(deliveredIn(event)))
        return answers.shift()?.()
      },
      { onFailure: (cause) => failures.push(cause) },
    )
    await mapping.drain()
    await mapping.close()
    const all = { 0: ['0', '2', '4'], 1: ['1', '3', '5'] }
    expect(seen).toEqual([all, all, { 1: ['3', '5'] }])
    expect(failures).toEqual([expect.objectContaining({ message: 'down' }), expect.any(RecordsFailed)])
    await log.close()
  })

  it('crosses the markers of transactions, delivers no aborted record, and does not wait behind the last marker', async () => {
    const log = await connect('transactions')
    const producer = new Producer({
      ...{ clientId: 'tests', bootstrapBrokers: [kafka.brokers], idempotent: true, transactionalId: 'spans' },
    })
    for (const outcome of ['commit', 'abort', 'commit'] as const) {
      const transaction = await producer.beginTransaction()
      await sendEach(transaction, 'transactions', [`${outcome} a`, `${outcome} b`])
      await transaction[outcome]()
    }
    await producer.close()
    const delivered: Delivered[] = []
    const handler = async (event: Parameters<typeof deliveredIn>[0]) => void delivered.push(...deliveredIn(event))
    const mapping = await mapTopic(kafka.brokers, 'transactions', handler)
    await mapping.drain()
    await append(log, 'plain', 0)
    await mapping.drain()
    await mapping.close()
    // Offsets 2, 5 and 8 are markers; 3 and 4 were aborted.
    expect(delivered).toEqual([
      { partition: 0, offset: 0, value: 'commit a' },
      { partition: 0, offset: 1, value: 'commit b' },
      { partition: 0, offset: 6, value: 'commit a' },
      { partition: 0, offset: 7, value: 'commit b' },
      { partition: 0, offset: 9, value: 'plain' },
    ])
    await log.close()
  })

  it('crosses the gaps that compaction leaves, and delivers tombstones without a value', async () => {
    await createTopic(kafka.brokers, 'compacted', 1, {
      ...{ 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.0' },
      'delete.retention.ms': '600000',
    })
    const producer = new Producer({ clientId: 'tests', bootstrapBrokers: [kafka.brokers] })
    const send = (key: string, value?: string) =>
      producer.send({
        messages: [
          { topic: 'compacted', key: Buffer.from(key), ...(value === undefined ? {} : { value: Buffer.from(value) }) },
        ],
      })
    for (const value of numbers(5)) await send('rewritten', value)
    await send('deleted')
    // A record is compacted only when a later segment has been begun, which an append after `segment.ms` does.
    await expect
      .poll(async () => {
        await send('rewritten', 'last')
        return (await readFromStart('compacted')).map(({ offset }) => offset)
      }, PATIENCE)
      .not.toContain(0)
    const delivered = await readFromStart('compacted')
    expect(delivered.map(({ offset }) => offset).toSorted((a, b) => a - b)).toEqual(
      delivered.map(({ offset }) => offset),
    )
    expect(delivered).toContainEqual({ partition: 0, offset: 5, value: undefined })
    expect(delivered.at(-1)?.value).toBe('last')
    await producer.close()
  })

  it('shares the partitions of a group, and loses and reorders nothing when a consumer comes or goes', async () => {
    const log = await connect('shared')
    const delivered: Delivered[] = []
    const readers: Record<string, Set<number>> = { one: new Set(), two: new Set() }
    const handlerOf = (name: 'one' | 'two') => async (event: Parameters<typeof deliveredIn>[0]) => {
      const records = deliveredIn(event)
      delivered.push(...records)
      for (const { partition } of records) readers[name]?.add(partition)
    }
    let sent = 0
    const send = async (count: number) => {
      const batch = numbers(count, sent)
      sent += count
      for (const value of batch) await append(log, value, Number(value) % PARTITIONS)
    }
    const everything = () => expect.poll(() => firstDeliveries(delivered).length, PATIENCE).toBe(sent)

    const one = await mapTopic(kafka.brokers, 'shared', handlerOf('one'))
    one.start()
    await send(60)
    const two = await mapTopic(kafka.brokers, 'shared', handlerOf('two'))
    two.start()
    await send(60)
    await everything()
    await send(24)
    await everything()
    await one.close()
    await send(60)
    await everything()
    await two.close()
    for (const [partition, values] of Object.entries(byPartition(firstDeliveries(delivered)))) {
      expect(values).toEqual(numbers(sent).filter((value) => Number(value) % PARTITIONS === Number(partition)))
    }
    expect(readers.two?.size).toBe(PARTITIONS)
    await log.close()
  })

  it('takes partitions that are added while it runs, from their first record', async () => {
    await createTopic(kafka.brokers, 'grown', 2, {})
    const delivered: Delivered[] = []
    const handler = async (event: Parameters<typeof deliveredIn>[0]) => void delivered.push(...deliveredIn(event))
    const mapping = await mapTopic(kafka.brokers, 'grown', handler)
    mapping.start()
    const before = await connect('grown')
    for (const value of numbers(4)) await append(before, value, Number(value) % 2)
    await expect.poll(() => delivered.length, PATIENCE).toBe(4)
    await before.close()
    await withAdmin(kafka.brokers, (admin) => admin.createPartitions({ topics: [{ name: 'grown', count: 4 }] }))
    const after = await connect('grown')
    for (const value of numbers(8, 4)) await append(after, value, Number(value) % 4)
    await expect.poll(() => firstDeliveries(delivered).length, PATIENCE).toBe(12)
    expect(byPartition(firstDeliveries(delivered))).toEqual({
      ...{ 0: ['0', '2', '4', '8'], 1: ['1', '3', '5', '9'], 2: ['6', '10'], 3: ['7', '11'] },
    })
    await mapping.close()
    await after.close()
  })

  it('goes on after the broker crashed and came back', async () => {
    const log = await connect('restarted')
    const delivered: Delivered[] = []
    const mapping = await mapTopic(
      kafka.brokers,
      'restarted',
      async (event) => void delivered.push(...deliveredIn(event)),
    )
    mapping.start()
    for (const value of numbers(12)) await append(log, value, Number(value) % 3)
    await expect.poll(() => delivered.length, PATIENCE).toBe(12)
    await kafka.stop()
    await kafka.start()
    for (const value of numbers(12, 12)) await append(log, value, Number(value) % 3)
    await expect.poll(() => firstDeliveries(delivered).length, PATIENCE).toBe(24)
    const every3rd = (start: number) => numbers(24).filter((value) => Number(value) % 3 === start)
    expect(byPartition(firstDeliveries(delivered))).toEqual({ 0: every3rd(0), 1: every3rd(1), 2: every3rd(2) })
    await mapping.close()
    await log.close()
  })

  it('reads a topic that was made anew from its beginning', async () => {
    const before = await connect('anew')
    for (const value of numbers(5)) await append(before, value, 0)
    await before.close()
    const delivered: Delivered[] = []
    const mapping = await mapTopic(kafka.brokers, 'anew', async (event) => void delivered.push(...deliveredIn(event)))
    mapping.start()
    await expect.poll(() => delivered.length, PATIENCE).toBe(5)
    await withAdmin(kafka.brokers, (admin) => admin.deleteTopics({ topics: ['anew'] }))
    const after = await connect('anew')
    await append(after, 'first of the new one', 0)
    await expect
      .poll(() => delivered.at(-1), PATIENCE)
      .toEqual({ partition: 0, offset: 0, value: 'first of the new one' })
    await mapping.close()
    await after.close()
  })
})

/** What a group that has read nothing yet gets of the topic. */
async function readFromStart(topic: string): Promise<Delivered[]> {
  const delivered: Delivered[] = []
  const mapping = await mapTopic(kafka.brokers, topic, async (event) => void delivered.push(...deliveredIn(event)), {
    groupId: `${topic}-${crypto.randomUUID()}`,
  })
  await mapping.drain()
  await mapping.close()
  return delivered
}
