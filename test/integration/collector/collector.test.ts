import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { attributeSpans } from '../../../functions/attribute-spans/attribute-spans.ts'
import { connectBudgets } from '../../../layers/adapters/budgets-table.ts'
import { connectDailyRows } from '../../../layers/adapters/ledger-days.ts'
import { connectLedger } from '../../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../layers/core/otlp/decode-record.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import { compileRating } from '../../../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { ensureTopic } from '../../../local/kafka/topic.ts'
import type { KafkaHandler } from '../../../local/log/event-source-mapping.ts'
import { createTables, LOCAL_TABLES } from '../../../local/tables.ts'
import { startExplore } from '../../cli/explore-server.ts'
import { runTollgate } from '../../cli/run-tollgate.ts'
import { type Collector, collectorProgram, startCollector, validateCollector } from '../engines/collector.ts'
import { type DynamoDbLocal, startDynamoDbLocal } from '../engines/dynamodb-local.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'
import { mapTopic, PARTITIONS, PATIENCE, TEST_MS } from '../kafka/rig.ts'
import { SHIPPED, withOption } from './configuration.ts'
import { REQUEST_MS, REQUEST_READ_UNITS, runShop } from './run-shop.ts'

/** Modules are fetched and the Collector is built where the cache holds none. */
const BUILD_MS = 900_000
const OPTIONS = ['keyed by service', 'public edge']

let kafka: Kafka
let dynamodb: DynamoDbLocal
let collector: Collector | undefined

beforeAll(async () => {
  await collectorProgram()
  kafka = await startKafka()
  dynamodb = await startDynamoDbLocal()
  await createTables(dynamodb.client)
}, BUILD_MS)

afterEach(async () => {
  await collector?.close()
  collector = undefined
})

afterAll(async () => {
  await dynamodb?.close()
  await kafka?.close()
})

/** A Collector with a topic of its own. */
async function collectInto(topic: string, configuration = SHIPPED): Promise<Collector> {
  await ensureTopic([kafka.brokers], topic, PARTITIONS)
  collector = await startCollector(configuration, kafka.brokers, topic)
  return collector
}

/** One record of the topic. */
interface Arrived {
  readonly partition: number
  readonly key: string | undefined
  readonly value: Buffer
}

/** Gathers the topic's records while `use` runs. */
async function gather(topic: string, use: (arrived: readonly Arrived[]) => Promise<void>): Promise<void> {
  const arrived: Arrived[] = []
  const handler: KafkaHandler = async ({ records }) => {
    for (const { partition, key, value } of Object.values(records).flat()) {
      const name = key === undefined ? undefined : Buffer.from(key, 'base64').toString()
      arrived.push({ partition, key: name, value: Buffer.from(value, 'base64') })
    }
  }
  const mapping = await mapTopic(kafka.brokers, topic, handler)
  mapping.start()
  try {
    await use(arrived)
  } finally {
    await mapping.close()
  }
}

const spansIn = (arrived: readonly Arrived[]) =>
  arrived.flatMap(({ value }) => decodeRecord(value, Date.now() as EpochMs, parseUsd('0')).spans)

describe('deploy/collector.yaml', { timeout: TEST_MS }, () => {
  it.each(OPTIONS)('is valid as it is shipped, and with the option "%s"', async (option) => {
    await validateCollector([SHIPPED], {})
    await validateCollector([await withOption(option)], {})
  })

  it('carries the spans of an unmodified SDK through Kafka into the ledger, and `tollgate top` shows them', async () => {
    const { otlpUrl } = await collectInto('otel-cost-spans')
    const system = connectSystem()
    const mapping = await mapTopic(kafka.brokers, 'otel-cost-spans', (event) => system.attribute(event, () => false))
    mapping.start()
    await runShop({ otlpUrl, service: 'checkout', requests: 40 })
    await runShop({ otlpUrl, service: 'search', requests: 7 })

    const explore = await startExplore(system.explorePorts)
    const from = String(Date.now() - 3_600_000)
    const spend = async () => {
      const answer = await fetch(`${explore.url}/v1/spend?from=${from}&by=service,commit,operation`)
      return (await answer.json()) as { readonly totalUsd: string; readonly lines: readonly unknown[] }
    }
    const requestPd = BigInt(REQUEST_MS) * 1_000_000n + BigInt(REQUEST_READ_UNITS) * 125_000n
    await expect.poll(async () => parseUsd((await spend()).totalUsd), PATIENCE).toBe(47n * requestPd)
    const { lines } = await spend()
    const line = (service: string, operation: string, count: number) =>
      expect.objectContaining({ service: `prod/${service}`, commit: 'a1b2c3d', operation, count })
    expect(lines).toEqual(
      expect.arrayContaining([
        line('checkout', 'GET /users/*/orders/*', 40),
        line('checkout', 'DynamoDB.GetItem orders', 40),
        line('search', 'GET /users/*/orders/*', 7),
        line('search', 'DynamoDB.GetItem orders', 7),
      ]),
    )
    const { out } = await runTollgate(['top', '--once', '--url', explore.url])
    expect(out).toMatch(/prod\/checkout\s+a1b2c3d\s+GET \/users\/\*\/orders\/\*/)
    explore.close()
    await mapping.close()
  })

  it('lets no query, no e-mail address and no identifier of a path into the topic', async () => {
    const { otlpUrl } = await collectInto('private')
    await gather('private', async (arrived) => {
      await runShop({ otlpUrl, service: 'checkout', requests: 3 })
      await expect.poll(() => spansIn(arrived).length, PATIENCE).toBe(6)
      const bytes = Buffer.concat(arrived.map(({ value }) => value)).toString('latin1')
      expect(bytes).not.toMatch(/s3cret|example\.com|0b8f2f63/)
      const paths = spansIn(arrived).flatMap(({ attributes }) => attributes['url.path'] ?? [])
      expect(paths).toEqual(['/users/*/orders/*', '/users/*/orders/*', '/users/*/orders/*'])
    })
  })

  it('takes the sampling member, and no other, out of a tracestate at the public edge', async () => {
    const { otlpUrl } = await collectInto('edge', await withOption('public edge'))
    await gather('edge', async (arrived) => {
      for (const traceState of ['ot=th:fd70a', 'a=1,ot=th:fd70a;rv:1,b=2', 'a=1, ot=th:c', 'foot=1']) {
        const answer = await fetch(`${otlpUrl}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(requestWith(traceState)),
        })
        expect(answer.status).toBe(200)
      }
      await expect.poll(() => spansIn(arrived).length, PATIENCE).toBe(4)
      expect(spansIn(arrived).map(({ traceState }) => traceState)).toEqual(['', 'a=1,b=2', 'a=1', 'foot=1'])
    })
  })

  it('keeps what it has acknowledged while Kafka is away, through a crash of its own', async () => {
    const running = await collectInto('outage')
    await kafka.stop()
    await runShop({ otlpUrl: running.otlpUrl, service: 'checkout', requests: 5 })
    await running.kill()
    await running.start()
    await kafka.start()
    await gather('outage', async (arrived) => {
      // A batch that was on its way at the crash may arrive twice: spans are told apart by their ids.
      const ids = () => new Set(spansIn(arrived).map(({ spanId }) => spanId)).size
      await expect.poll(ids, PATIENCE).toBe(10)
    })
  })

  it('sends records of 900,000 bytes at most, and keys them by service where the sender says it', async () => {
    const { otlpUrl } = await collectInto('keyed', await withOption('keyed by service'))
    await gather('keyed', async (arrived) => {
      const shops = ['checkout', 'search', 'cart']
      for (const service of shops) await runShop({ otlpUrl, service, requests: 1_500 })
      await expect.poll(() => spansIn(arrived).length, PATIENCE).toBe(9_000)
      const sizes = arrived.map(({ value }) => value.length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(900_000)
      expect(Math.max(...sizes)).toBeGreaterThan(400_000)
      for (const service of shops) {
        const own = arrived.filter(({ key }) => key === service)
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1)
        expect(spansIn(own)).toHaveLength(3_000)
      }
    })
  })
})

/** An export request of one span. */
function requestWith(traceState: string) {
  const endMs = BigInt(Date.now())
  const span = {
    ...{ traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174', name: 'GET', kind: 2, traceState },
    ...{ startTimeUnixNano: `${(endMs - 5n) * 1_000_000n}`, endTimeUnixNano: `${endMs * 1_000_000n}` },
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'edge' } }] }
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }
}

/** attribute-spans and explore-costs with their adapters on DynamoDB Local, as their handlers connect them. */
function connectSystem() {
  const configuration = configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] })
  const ledger = connectLedger(dynamodb.client, LOCAL_TABLES.LEDGER_TABLE, 90)
  const budgets = connectBudgets(dynamodb.client, LOCAL_TABLES.BUDGETS_TABLE)
  const now = () => Date.now() as EpochMs
  const listed = snapshotPrices(['us-east-1'], {
    fetchedAt: now(),
    validUntil: (now() + 900_000) as EpochMs,
  })
  const readBook = async () => createPriceBook([...listed, ...ownRates(configuration.rates)], 'test')
  const attribute = attributeSpans({
    ...{ now, readBook, topicEpoch: '1', maxDeclared: parseUsd('100') },
    rating: compileRating(configuration.rating, configuration.rates),
    bookRow: ledger.bookRow,
    keepDeadLetter: async ({ reason }) => {
      throw new Error(`no span of this test is dead: ${reason}`)
    },
    registerService: budgets.registerService,
    markOpen: budgets.markOpen,
    reportProgress: budgets.reportProgress,
    closeWindows: async () => [],
    observe: () => {},
  })
  const explorePorts = {
    ...{ now, readBook, readHours: ledger.readHours, readStates: budgets.readStates },
    ...{ days: { readDays: async () => [], listServices: async () => [] }, ledgerDays: 90 },
    budgets: { readChanges: async () => [], readEvents: async () => [] },
    readFrontDoor: ledger.readFrontDoor,
    readFlags: async () => [],
    days: connectDailyRows(dynamodb.client, LOCAL_TABLES.LEDGER_TABLE, 13),
    ledgerDays: 90,
  }
  return { attribute, explorePorts }
}
