import { describe, expect, it } from 'vitest'
import { attributeSpans, type Observation } from '../../../functions/attribute-spans/attribute-spans.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { Fence } from '../../../layers/core/ledger/row.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import type { PartitionProgress, PartitionReport } from '../../../layers/core/windows/progress.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const MINUTE_MS = 60_000
const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })

/** A consumer whose progress lies in memory and whose rows are only named. */
function consumer() {
  const reports = new Map<string, PartitionReport>()
  const booked: string[] = []
  const observed: Observation[] = []
  const firsts = new Map<string, Fence>()
  const progress = (): readonly PartitionProgress[] =>
    [...firsts].map(([shard, first]) => {
      return { shard, first, report: reports.get(shard), openSinceMs: undefined, reportedAtMs: NOW }
    })
  const run = attributeSpans({
    now: () => NOW,
    rating: compileRating(configuration.rating, configuration.rates),
    maxDeclared: parseUsd('100'),
    topicEpoch: '1',
    readBook: async () => createPriceBook(ownRates(configuration.rates), 'test'),
    bookRow: async ({ service }, records) => {
      booked.push(...records.map(({ offset }) => `${service} ${offset}`))
      return { booked: records.length, fenced: 0 }
    },
    keepDeadLetter: async () => {},
    registerService: async () => {},
    markOpen: async (openings) => {
      const before = progress()
      for (const { shard, first } of openings) firsts.set(shard, firsts.get(shard) ?? first)
      return before
    },
    reportProgress: async (written) => {
      for (const report of written) reports.set(report.shard, report)
      return progress()
    },
    closeWindows: async () => [],
    observe: (observation) => observed.push(observation),
  })
  return { run: (...records: readonly object[]) => run(eventOf(records), () => false), booked, observed }
}

/** A plain record of a service at an offset of partition 0, so many minutes after the first. */
function recordOf(service: string, offset: number, minutes: number) {
  const timestamp = NOW + minutes * MINUTE_MS
  const plain = { trace_id: 'a', service, operation: 'import', cost_amount: '0.01', timestamp }
  return { topic: 'spans', partition: 0, offset, timestamp, value: btoa(JSON.stringify(plain)) }
}

const eventOf = (records: readonly object[]) => ({
  ...{ eventSource: 'SelfManagedKafka', bootstrapServers: 'broker:9092' },
  records: { 'spans-0': records },
})

describe('a topic that was made anew under the old epoch', () => {
  it('is booked in no row, also in none that is new, and is handed back from its first record, loudly', async () => {
    const { run, booked, observed } = consumer()
    await run(recordOf('shop', 0, 0), recordOf('shop', 1, 1))
    const response = await run(recordOf('another', 0, 10), recordOf('shop', 1, 11))
    expect(booked).toEqual(['shop 0', 'shop 1'])
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: { partition: 'spans-0', offset: 0 } }])
    expect(observed).toContainEqual(expect.objectContaining({ kind: 'failed', what: 'topic-recreated' }))
  })

  it('is noticed at once: its first record has another time than the one that the partition began with', async () => {
    const { run, booked, observed } = consumer()
    await run(recordOf('shop', 0, 0), recordOf('shop', 1, 1))
    const response = await run(recordOf('another', 0, 1), recordOf('shop', 1, 1))
    expect(booked).toEqual(['shop 0', 'shop 1'])
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: { partition: 'spans-0', offset: 0 } }])
    expect(observed).toContainEqual(expect.objectContaining({ kind: 'failed', what: 'topic-recreated' }))
  })

  it('is noticed behind a record of a clock that was ahead of everything', async () => {
    const { run, booked } = consumer()
    await run(recordOf('shop', 0, 0), recordOf('shop', 1, 120))
    await run(recordOf('another', 0, 10))
    expect(booked).toEqual(['shop 0', 'shop 1'])
  })

  it('is noticed where the old one was first read from its middle', async () => {
    const { run, booked } = consumer()
    await run(recordOf('shop', 70, 0))
    await run(recordOf('another', 0, 10))
    expect(booked).toEqual(['shop 70'])
  })

  it('is not what the old one looks like, when it is read again from before where it was first read', async () => {
    const { run } = consumer()
    await run(recordOf('shop', 70, 0))
    const response = await run(recordOf('shop', 69, -1), recordOf('shop', 70, 0), recordOf('shop', 71, 1))
    expect(response.batchItemFailures).toEqual([])
  })

  it('is not what a record of a clock that was ahead looks like, when it comes again', async () => {
    const { run, booked } = consumer()
    const batches = [[recordOf('shop', 0, 50)], [recordOf('shop', 1, 0)], [recordOf('shop', 2, 0)]]
    for (const batch of batches) await run(...batch)
    expect((await run(...batches.flat())).batchItemFailures).toEqual([])
    expect(booked).toHaveLength(6)
  })
})
