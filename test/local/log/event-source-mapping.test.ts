import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { PAYLOAD_MAX_BYTES } from '../../../local/log/batch.ts'
import {
  type KafkaEvent,
  type KafkaHandler,
  mapEventSource,
  RecordsFailed,
} from '../../../local/log/event-source-mapping.ts'
import { LOCAL_CLUSTER, openLog, type PartitionedLog } from '../../../local/log/log.ts'

const timestampMs = 1_795_000_000_000 as EpochMs
const bytes = (text: string) => new TextEncoder().encode(text)
const valuesOf = (event: KafkaEvent): string[] =>
  Object.values(event.records).flatMap((records) => records.map((r) => Buffer.from(r.value, 'base64').toString()))

function open(log: PartitionedLog, handler: KafkaHandler, batchSize = 100) {
  const slept: number[] = []
  const failures: unknown[] = []
  const mapping = mapEventSource({
    log,
    handler,
    batchSize,
    windowMs: 500,
    sleep: async (ms) => {
      slept.push(ms)
    },
    onFailure: (cause) => failures.push(cause),
  })
  return { mapping, slept, failures }
}

async function logWith(values: readonly string[], partition = 0): Promise<PartitionedLog> {
  const log = await openLog('otlp_spans')
  for (const value of values) await log.append(bytes(value), { timestampMs, partition })
  return log
}

describe('the event-source mapping', () => {
  it('sends the event that Lambda sends', async () => {
    const log = await openLog('otlp_spans')
    await log.append(bytes('a'), { timestampMs, partition: 0, headers: [['origin', bytes('hi')]] })
    const keyed = await log.append(bytes('b'), { timestampMs, key: bytes('k') })
    const events: KafkaEvent[] = []
    await open(log, async (event) => events.push(event) && undefined).mapping.drain()
    const shared = { topic: 'otlp_spans', offset: 0, timestamp: timestampMs, timestampType: 'CREATE_TIME' }
    expect(events).toEqual([
      {
        eventSource: 'aws:kafka',
        eventSourceArn: LOCAL_CLUSTER.eventSourceArn,
        bootstrapServers: expect.stringContaining(':9098'),
        records: {
          'otlp_spans-0': [{ ...shared, partition: 0, value: 'YQ==', headers: [{ origin: [104, 105] }] }],
          [`otlp_spans-${keyed.partition}`]: [
            { ...shared, partition: keyed.partition, key: 'aw==', value: 'Yg==', headers: [] },
          ],
        },
      },
    ])
    expect('key' in (events[0]?.records['otlp_spans-0']?.[0] ?? {})).toBe(false)
  })

  it('commits what is done, and sends nothing twice', async () => {
    const log = await logWith(['1', '2'])
    const seen: string[] = []
    const handler = async (event: KafkaEvent) => {
      seen.push(...valuesOf(event))
      return { batchItemFailures: [] }
    }
    await open(log, handler).mapping.drain()
    await open(log, handler).mapping.drain()
    expect(seen).toEqual(['1', '2'])
    expect(log.committed(0)).toBe(2)
  })

  it('sends the same batch again after a throw, backing off, whatever has been appended meanwhile', async () => {
    const log = await logWith(['1', '2'])
    const seen: string[][] = []
    const { mapping, slept, failures } = open(log, async (event) => {
      seen.push(valuesOf(event))
      if (seen.length > 3) return undefined
      await log.append(bytes('later'), { timestampMs, partition: 0 })
      throw new Error('down')
    })
    await mapping.drain()
    expect(seen).toEqual(Array.from({ length: 4 }, () => ['1', '2']))
    expect(slept).toEqual([100, 200, 400])
    expect(failures).toHaveLength(3)
  })

  it('goes on with each partition at its lowest failed offset', async () => {
    const log = await logWith(['a0', 'a1', 'a2'])
    for (const value of ['b0', 'b1']) await log.append(bytes(value), { timestampMs, partition: 1 })
    const seen: string[][] = []
    const { mapping, failures } = open(log, async (event) => {
      seen.push(valuesOf(event))
      if (seen.length > 1) return undefined
      const failed = [2, 1].map((offset) => ({ itemIdentifier: { partition: 'otlp_spans-0', offset } }))
      return { batchItemFailures: failed }
    })
    await mapping.drain()
    expect(seen.map((values) => values.toSorted())).toEqual([
      ['a0', 'a1', 'a2', 'b0', 'b1'],
      ['a1', 'a2'],
    ])
    expect(failures[0]).toBeInstanceOf(RecordsFailed)
  })

  it.each([
    ['a partition that is not in the batch', { partition: 'otlp_spans-7', offset: 0 }],
    ['an offset that is not in the batch', { partition: 'otlp_spans-0', offset: 9 }],
    ['a string, as streams have it', 'otlp_spans-0-0'],
  ])('sends the whole batch again for %s', async (_, itemIdentifier) => {
    const log = await logWith(['1', '2'])
    const seen: string[][] = []
    const { mapping } = open(log, async (event) => {
      seen.push(valuesOf(event))
      return seen.length > 1 ? undefined : { batchItemFailures: [{ itemIdentifier }] }
    })
    await mapping.drain()
    expect(seen).toEqual([
      ['1', '2'],
      ['1', '2'],
    ])
  })

  it('holds a batch to its size and to 6 MB, and lets no partition starve another', async () => {
    const log = await logWith(Array.from({ length: 30 }, (_, n) => `a${n}`))
    await log.append(bytes('b'), { timestampMs, partition: 11 })
    const sizes: number[] = []
    const { mapping } = open(log, async (event) => sizes.push(valuesOf(event).length) && undefined, 12)
    await mapping.drain()
    expect(Math.max(...sizes)).toBeLessThanOrEqual(12)
    const large = await openLog('otlp_spans')
    for (let n = 0; n < 20; n += 1) await large.append(new Uint8Array(1_000_000), { timestampMs, partition: 0 })
    await large.append(new Uint8Array(7_000_000), { timestampMs, partition: 0 })
    const payloads: number[] = []
    const handler = async (event: KafkaEvent) => payloads.push(JSON.stringify(event).length) && undefined
    await open(large, handler, 10_000).mapping.drain()
    expect(payloads.slice(0, -1).every((size) => size <= PAYLOAD_MAX_BYTES)).toBe(true)
    expect(payloads.at(-1)).toBeGreaterThan(PAYLOAD_MAX_BYTES)
  })

  it('delivers every record at least once, each partition in order, whatever fails', async () => {
    const places = fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 40 })
    const outcomes = fc.array(fc.constantFrom('ok', 'throw', 'partial'), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(places, outcomes, fc.integer({ min: 1, max: 20 }), async (partitions, plan, batchSize) => {
        const log = await openLog('otlp_spans')
        for (const partition of partitions) await log.append(bytes('x'), { timestampMs, partition })
        const done = new Map<string, number>()
        const steps = plan[Symbol.iterator]()
        const { mapping } = open(
          log,
          async (event) => {
            const step = steps.next().value ?? 'ok'
            if (step === 'throw') throw new Error('down')
            const failed = []
            for (const [name, records] of Object.entries(event.records)) {
              const keep = step === 'partial' ? Math.floor(records.length / 2) : records.length
              for (const record of records.slice(0, keep)) {
                expect(record.offset).toBe(done.get(name) ?? 0)
                done.set(name, record.offset + 1)
              }
              const left = records[keep]
              if (left) failed.push({ itemIdentifier: { partition: name, offset: left.offset } })
            }
            return { batchItemFailures: failed }
          },
          batchSize,
        )
        await mapping.drain()
        const counts = new Map<string, number>()
        for (const p of partitions) counts.set(`otlp_spans-${p}`, (counts.get(`otlp_spans-${p}`) ?? 0) + 1)
        expect(new Map([...done].toSorted())).toEqual(new Map([...counts].toSorted()))
      }),
    )
  })

  it('polls by itself once started: gathers for a window, then calls', async () => {
    const log = await openLog('otlp_spans')
    const called = Promise.withResolvers<string[]>()
    const { mapping, slept } = open(log, async (event) => called.resolve(valuesOf(event)))
    mapping.start()
    await log.append(bytes('1'), { timestampMs })
    expect(await called.promise).toEqual(['1'])
    expect(slept[0]).toBe(500)
    await mapping.close()
  })

  it('can be closed while it waits, and while the function fails for ever', async () => {
    const idle = open(await openLog('otlp_spans'), async () => undefined).mapping
    idle.start()
    await idle.close()
    const log = await logWith(['1'])
    const failed = Promise.withResolvers<void>()
    const { mapping } = open(log, async () => {
      failed.resolve()
      throw new Error('down')
    })
    mapping.start()
    await failed.promise
    await mapping.close()
    expect(log.committed(0)).toBe(0)
  })
})
