import { setTimeout as pause } from 'node:timers/promises'
import { Producer } from '@platformatic/kafka'
import { attributeSpans } from '../../functions/attribute-spans/attribute-spans.ts'
import { closeDueWindows } from '../../functions/close-windows/close-due-windows.ts'
import { publishThrottle } from '../../functions/publish-throttle/publish-throttle.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { connectFlags } from '../../layers/adapters/flags-table.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import { type EpochMs, MS_PER_HOUR, MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { realSleep } from '../../local/clock.ts'
import { mapKafkaTopic } from '../../local/kafka/map-kafka-topic.ts'
import { ensureTopic } from '../../local/kafka/topic.ts'
import { createTables, LOCAL_TABLES } from '../../local/tables.ts'
import { streamRecords } from '../integration/adapters/stream-records.ts'
import type { DynamoDbLocal } from '../integration/engines/dynamodb-local.ts'
import { benchSpan } from './bench-span.ts'
import { BENCH_PORTS } from './consumer.ts'
import { FLEET } from './cost-facts.ts'
import { randomOf, resourceAttributes } from './msk-event.ts'
import { otlpRequest } from './otlp-request.ts'
import { quantile } from './quantile.ts'

const TOPIC = 'bench-end-to-end'
const EVERY_MS = 250
const SPANS_PER_RECORD = 200
const RUNAWAY_MS = 200
const LEDGER_DAYS = 90
const TICK_MS = 10_000
const LOOK_MS = 250
/** In the first seconds the dictionary is filled, and code is compiled. */
const WARM_MS = 20_000
/** A minute to begin with, one to run away in, and what the close may take. */
const GIVE_UP_MS = 4 * MS_PER_MINUTE

/** In one minute it spends more than its day's budget; the others do not come near theirs. */
const RUNAWAY = 'runaway'
const configuration = configurationSchema.parse({
  rates: [
    { service: RUNAWAY, usdPerMs: '0.0005' },
    { service: '*', usdPerMs: '0.0000000001' },
  ],
  defaultBudget: { service: '*', limitUsd: '5', mode: 'enforce' },
})
const rating = compileRating(configuration.rating, configuration.rates)
const now = (): EpochMs => Date.now() as EpochMs

/** Spans that ended one after the other since the record before; the last has just ended. A tenth may run away. */
function record(random: () => number, endMs: number, runsAway: boolean): Uint8Array {
  const spans = Array.from({ length: SPANS_PER_RECORD }, (_, place) => ({
    ...benchSpan({ shape: 'http', operations: FLEET.operations, now: endMs, random }),
    endNs: BigInt(Math.round((endMs - ageOf(place)) * 1e6)),
    startNs: BigInt(Math.round((endMs - ageOf(place) - RUNAWAY_MS) * 1e6)),
  }))
  const share = SPANS_PER_RECORD / 10
  return otlpRequest([
    ...Array.from({ length: 9 }, (_, place) => ({
      attributes: resourceAttributes(Math.floor(random() * FLEET.services)),
      spans: spans.slice(place * share, (place + 1) * share),
    })),
    {
      attributes: runsAway ? ([['service.name', RUNAWAY]] as const) : resourceAttributes(0),
      spans: spans.slice(9 * share),
    },
  ])
}

const ageOf = (place: number): number => ((SPANS_PER_RECORD - 1 - place) * EVERY_MS) / SPANS_PER_RECORD

/**
 * Spans through a real Kafka, the event-source mapping with the deployed window, attribute-spans, the close and publish-throttle, on Amazon's
 * DynamoDB Local and its stream: from a span's end until it is in the ledger, and until its service's flag is written. What batches
 * before Kafka (SDK and Collector, some 10 s) is not in it. Milliseconds; takes two to three minutes.
 */
export async function endToEnd(brokers: string, { client, endpoint }: DynamoDbLocal) {
  await createTables(client)
  await ensureTopic([brokers], TOPIC, FLEET.partitions)
  const book = bookOfToday()
  const ports = { ...BENCH_PORTS, now, rating, readBook: async () => book }
  const ledger = connectLedger(client, LOCAL_TABLES.LEDGER_TABLE, LEDGER_DAYS)
  const budgets = connectBudgets(client, LOCAL_TABLES.BUDGETS_TABLE)
  const closeWindows = closeDueWindows({ budgets, ledger, readBook: ports.readBook, configuration })
  const attribute = attributeSpans({ ...ports, ...budgets, bookRow: ledger.bookRow, closeWindows })
  const toLedger: number[] = []
  const warmMs = now() + WARM_MS
  const mapping = await mapKafkaTopic({
    brokers,
    topic: TOPIC,
    partitions: FLEET.partitions,
    groupId: `${TOPIC}-tollgate`,
    batchSize: 10_000,
    windowMs: FLEET.windowSeconds * 1000,
    sleep: realSleep,
    onFailure: (error) => console.error(error),
    handler: async (event) => {
      const result = await attribute(JSON.parse(JSON.stringify(event)), () => false)
      const warm = Object.values(event.records).flatMap((each) => each.filter(({ timestamp }) => timestamp >= warmMs))
      for (const { timestamp } of warm)
        for (let place = 0; place < SPANS_PER_RECORD; place += 1) toLedger.push(now() - timestamp + ageOf(place))
      return result
    },
  })
  const stopping = new AbortController()
  mapping.start()
  const ticking = every(
    TICK_MS,
    stopping.signal,
    async () => void (await closeWindows(await budgets.readProgress(), now())),
  )
  const ends: number[] = []
  const producing = produce(brokers, ends, stopping.signal)
  const flaggedAt = await flagOfRunaway({ client, endpoint }).finally(() => stopping.abort())
  await Promise.all([ticking, producing])
  await mapping.close()
  // The window that the flag is about: the last that had ended, and its grace.
  const windowEnd = Math.floor((flaggedAt - 20_000) / MS_PER_MINUTE) * MS_PER_MINUTE
  const inWindow = ends.filter((endMs) => endMs < windowEnd && endMs >= windowEnd - MS_PER_MINUTE)
  const toFlag = inWindow.map((endMs) => flaggedAt - endMs)
  return {
    toLedgerMs: { p50: Math.round(quantile(toLedger, 0.5)), p99: Math.round(quantile(toLedger, 0.99)) },
    toFlagMs: { p50: Math.round(quantile(toFlag, 0.5)), p99: Math.round(quantile(toFlag, 0.99)) },
    windowEndToFlagMs: flaggedAt - windowEnd,
    spans: toLedger.length,
    batchWindowMs: FLEET.windowSeconds * 1000,
  }
}

function bookOfToday() {
  const times = { fetchedAt: now(), validUntil: (now() + MS_PER_HOUR) as EpochMs }
  return createPriceBook([...snapshotPrices(['us-east-1'], times), ...ownRates(configuration.rates)], 'bench')
}

async function every(ms: number, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await run()
    await pause(ms, undefined, { signal }).catch(() => {})
  }
}

/** `ends` gets when the runaway's spans ended, epoch ms, one of each record. */
async function produce(brokers: string, ends: number[], signal: AbortSignal): Promise<void> {
  const random = randomOf(1)
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [brokers] })
  let place = 0
  const runsAwayFromMs = Math.ceil((Date.now() + WARM_MS) / MS_PER_MINUTE) * MS_PER_MINUTE // a whole window
  await every(EVERY_MS, signal, async () => {
    const endMs = Date.now()
    const runsAway = endMs >= runsAwayFromMs
    const value = Buffer.from(record(random, endMs, runsAway))
    place += 1
    if (runsAway) ends.push(endMs)
    await producer.send({
      messages: [{ topic: TOPIC, partition: place % FLEET.partitions, value, timestamp: BigInt(endMs) }],
    })
  })
  await producer.close()
}

/** Follows the Budgets table's stream with publish-throttle; epoch ms at which the runaway's flag is written. */
async function flagOfRunaway({ client, endpoint }: Pick<DynamoDbLocal, 'client' | 'endpoint'>): Promise<number> {
  const { promise: flagged, resolve } = Promise.withResolvers<number>()
  const flags = connectFlags(client, LOCAL_TABLES.FLAGS_TABLE)
  const publish = publishThrottle({
    now,
    flagMs: configuration.retention.flagMinutes * MS_PER_MINUTE,
    exemptionsOf: () => [],
    observeFailure: (_, error) => {
      throw error
    },
    putFlag: async (flag, at) => {
      const written = await flags.putFlag(flag, at)
      if (flag.service === RUNAWAY) resolve(Date.now())
      return written
    },
  })
  const until = Date.now() + GIVE_UP_MS
  let known = 0
  for (;;) {
    const records = await streamRecords(endpoint, LOCAL_TABLES.BUDGETS_TABLE)
    const Records = records.slice(known).map((each) => ({ eventSource: 'aws:dynamodb', ...(each as object) }))
    known = records.length
    if (Records.length > 0) await publish({ Records })
    const done = await Promise.race([flagged, pause(LOOK_MS, undefined)])
    if (done !== undefined) return done
    if (Date.now() > until) throw new Error('the runaway has got no flag')
  }
}
