import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { attributeSpans } from '../../../functions/attribute-spans/attribute-spans.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { DeadLetter } from '../../../layers/core/ledger/dead-letter.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import type { PartitionReport } from '../../../layers/core/windows/progress.ts'
import { modelledTable } from '../../layers/adapters/modelled-table.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const MICRODOLLAR = 1_000_000n
const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })
const book = createPriceBook(ownRates(configuration.rates), 'test')
const ONE = 'arn:aws:kafka:us-east-1:1:cluster/one/u'
const OTHER = 'arn:aws:kafka:us-east-1:1:cluster/other/u'

/** A root span of a service that takes a millisecond, which costs a microdollar. */
const request = (service = 'shop'): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            spans: [
              {
                ...{ traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'work', kind: 2 },
                startTimeUnixNano: `${BigInt(NOW - 60_001) * 1_000_000n}`,
                endTimeUnixNano: `${BigInt(NOW - 60_000) * 1_000_000n}`,
              },
            ],
          },
        ],
      },
    ],
  })

interface Sent {
  readonly partition: number
  readonly offset: number
  /** Null is a tombstone. */
  readonly value?: string | Uint8Array | null
  readonly key?: string
  readonly headers?: readonly Readonly<Record<string, readonly number[]>>[]
}

const bytes = (text: string): number[] => [...Buffer.from(text)]

function eventOf(records: readonly Sent[], cluster = ONE) {
  const inEvent = records.map(({ partition, offset, value = request(), key, headers = [] }) => ({
    ...{ topic: 'spans', partition, offset, timestamp: NOW, timestampType: 'CREATE_TIME', headers },
    ...(key === undefined ? {} : { key: Buffer.from(key).toString('base64') }),
    ...(value === null ? {} : { value: Buffer.from(value as string).toString('base64') }),
  }))
  const byPartition = Object.groupBy(inEvent, ({ partition }) => `spans-${partition}`)
  return { eventSource: 'aws:kafka', eventSourceArn: cluster, records: byPartition }
}

/** A ledger of its own, with consumers that have just started each time. */
function world() {
  const table = modelledTable()
  const client = table.clientThrough(async (_, apply) => apply())
  const letters: DeadLetter[] = []
  const reports: PartitionReport[] = []
  const deliver = (event: object) =>
    attributeSpans({
      now: () => NOW,
      rating: compileRating(configuration.rating, configuration.rates),
      maxDeclared: parseUsd('100'),
      topicEpoch: '1',
      readBook: async () => book,
      bookRow: connectLedger(client, 'ledger', 90).bookRow,
      keepDeadLetter: async (letter) => void letters.push(letter),
      registerService: async () => {},
      markOpen: async () => [],
      reportProgress: async (all) => {
        reports.push(...all)
        return []
      },
      closeWindows: async () => [],
      observe: () => {},
    })(event, () => false)
  const booked = async (service = 'shop') => {
    const { rows } = await connectLedger(client, 'ledger', 90).readHours(service, [hourOf(NOW)])
    const cost = rows.flatMap(({ minutes }) => minutes).reduce((sum, one) => sum + one.cost, 0n)
    return { microdollars: Number(cost / MICRODOLLAR), shards: new Set(rows.map(({ shard }) => shard)).size }
  }
  return { deliver, booked, letters, reports }
}

describe('what Kafka may do', () => {
  it('two clusters with the same topic: the same offsets are other records, booked both, each once', async () => {
    const { deliver, booked } = world()
    const records = [0, 1, 2].map((offset) => ({ partition: 4, offset }))
    for (const cluster of [ONE, OTHER, ONE, OTHER]) await deliver(eventOf(records, cluster))
    expect(await booked()).toEqual({ microdollars: 6, shards: 2 })
  })

  it('partitions added: the new ones begin at 0 beside the old ones, and their progress is reported', async () => {
    const { deliver, booked, reports } = world()
    const old = [100, 101].map((offset) => ({ partition: 11, offset }))
    await deliver(eventOf(old))
    // From then on keys go to other partitions than before.
    const more = [
      { partition: 12, offset: 0, key: 'shop' },
      { partition: 13, offset: 0, key: 'shop' },
    ]
    for (let again = 0; again < 2; again += 1) await deliver(eventOf([...old, { partition: 11, offset: 102 }, ...more]))
    expect(await booked()).toEqual({ microdollars: 5, shards: 3 })
    expect(new Set(reports.map(({ shard }) => shard)).size).toBe(3)
  })

  it('records without keys: a service is spread over all partitions, and is the sum of them', async () => {
    const { deliver, booked } = world()
    const records = Array.from({ length: 24 }, (_, i) => ({ partition: i % 12, offset: Math.floor(i / 12) }))
    for (let again = 0; again < 2; again += 1) await deliver(eventOf(records))
    expect(await booked()).toEqual({ microdollars: 24, shards: 12 })
  })

  it('tombstones: are passed, are no dead letters, and count as read', async () => {
    const { deliver, booked, letters, reports } = world()
    await deliver(
      eventOf([
        { partition: 0, offset: 0 },
        { partition: 0, offset: 1, value: null, key: 'shop' },
      ]),
    )
    expect(await deliver(eventOf([{ partition: 0, offset: 2, value: null }]))).toEqual({ batchItemFailures: [] })
    expect(await booked()).toEqual({ microdollars: 1, shards: 1 })
    expect(letters).toEqual([])
    expect(reports.map(({ nextOffset }) => nextOffset)).toEqual([2, 3])
  })

  it('gaps of compaction and of transaction markers: nothing waits for an offset that never comes', async () => {
    const { deliver, booked, reports } = world()
    const records = [3, 4, 9, 40].map((offset) => ({ partition: 0, offset }))
    await deliver(eventOf(records.slice(0, 2)))
    for (let again = 0; again < 2; again += 1) await deliver(eventOf(records))
    // Compaction may take away, too, what was there when it was booked.
    await deliver(
      eventOf([
        { partition: 0, offset: 9 },
        { partition: 0, offset: 41 },
      ]),
    )
    expect(await booked()).toEqual({ microdollars: 5, shards: 1 })
    expect(reports.at(-1)?.nextOffset).toBe(42)
  })

  it('headers with a content encoding, or a wrong one: the value says itself what it is', async () => {
    const { deliver, booked, letters } = world()
    const encoded = (name: string, encoding: string) => [
      { [name]: bytes(encoding) },
      { 'content-type': bytes('application/json') },
    ]
    const values = [
      { value: gzipSync(request()), headers: encoded('content-encoding', 'gzip') },
      { value: gzipSync(request()), headers: encoded('Content-Encoding', 'gzip') },
      { value: zstdCompressSync(request()), headers: encoded('content-encoding', 'zstd') },
      { value: gzipSync(request()), headers: [] },
      { value: request(), headers: encoded('content-encoding', 'gzip') },
      { value: gzipSync(request()), headers: encoded('content-encoding', 'zstd') },
    ]
    await deliver(eventOf(values.map((one, offset) => ({ partition: 0, offset, ...one }))))
    expect(await booked()).toEqual({ microdollars: 6, shards: 1 })
    expect(letters).toEqual([])
    // One that this function cannot unpack ends as a letter with its coordinates, and blocks nothing.
    const brotli = {
      partition: 0,
      offset: 6,
      value: Buffer.from([0x8b, 0x02, 0x80, 0xff]),
      headers: encoded('content-encoding', 'br'),
    }
    expect(await deliver(eventOf([brotli, { partition: 0, offset: 7 }]))).toEqual({ batchItemFailures: [] })
    expect(letters).toMatchObject([{ partition: 0, offset: 6 }])
    expect((await booked()).microdollars).toBe(7)
  })
})
