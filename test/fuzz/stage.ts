import { setTimeout as pause } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { connectDeadLetters, type DeadLettersBucket } from '../../layers/adapters/dead-letters-bucket.ts'
import { shardOf } from '../../layers/core/ledger/shard.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import type { Price } from '../../layers/core/prices/price.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { type Bucket, startBucket } from '../../local/bucket.ts'
import type { Clock } from '../../local/clock.ts'
import { BUCKET, type ChildMessage, type ChildSettings } from './child-messages.ts'
import { type Child, startChild } from './children.ts'
import { createDice, type Dice } from './dice.ts'
import { type Difference, type Digits, differences } from './digits.ts'
import { type Engines, startEngines } from './engines.ts'
import { type FastClockSettings, fastClock } from './fast-clock.ts'
import { createTally, type FaultTally } from './fault-tally.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { fuzzConfiguration, PARTITIONS, TOPIC } from './fuzz-configuration.ts'
import { type Instance, startInstance } from './instance.ts'
import { readLedgerDigits } from './ledger-digits.ts'
import { PINNED_PRICES, type PinnedBook, pinnedBook } from './pinned-prices.ts'
import { addStraightSum } from './straight-sum.ts'
import { connectTopic, type TopicControl } from './topic-control.ts'
import { readTopicRecords } from './topic-records.ts'
import type { ProducedRecord } from './traffic.ts'

/** The ledger does not say what the straight sum over the topics says. */
export class WrongDigits extends Error {
  override readonly name = 'WrongDigits'
  constructor(different: readonly Difference[]) {
    const shown = different.slice(0, 10).map(({ name, expected, actual }) => `  ${name}: ${actual}, not ${expected}`)
    super(`${different.length} numbers of the ledger are wrong; the smallest differences:\n${shown.join('\n')}`)
  }
}

/** Something else than a digit is not as it is promised. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

type MakeRecord = (dice: Dice, partition: number, now: EpochMs) => ProducedRecord

/** A window that some process closed. */
type ClosedWindowSeen = Extract<ChildMessage, { kind: 'closed' }>

/** What a run plays on: real engines, proxies before them, and processes that come and go. */
export interface Stage {
  readonly dice: Dice
  readonly clock: Clock
  readonly tally: FaultTally
  readonly engines: Engines
  readonly proxy: FaultyProxy
  readonly book: PinnedBook
  readonly topic: TopicControl
  readonly children: ReadonlySet<Child>
  readonly closed: readonly ClosedWindowSeen[]
  /** What processes said that failed, by what; it is tried again. */
  readonly failures: ReadonlyMap<string, { readonly times: number; readonly last: string }>
  /** Records produced. */
  produced(): number
  /** Numbers compared so far, and how often. */
  checked(): { readonly numbers: number; readonly times: number }
  groupId(): string
  shardOf(partition: number): string
  setFaults(inTenThousand: number): void
  spawn(role: ChildSettings['role'], killAtRequest: number, faults: number): Child
  /** Produces records to random partitions, so many a second on average, while the work is done. */
  underTraffic<T>(perSecond: number, make: MakeRecord, work: () => Promise<T>): Promise<T>
  produceSome(count: number, make: MakeRecord): Promise<void>
  /** An instance of the functions in this process, without faults. */
  instance(): Instance
  killChildren(): Promise<void>
  /** Ends all faults, and lets everything that was produced be booked and settled. */
  calmAndDrain(): Promise<void>
  /**
   * Compares the ledger with the straight sum over this topic and all before it.
   * @throws WrongDigits
   */
  checkDigits(): Promise<void>
  /** What the ledger says now. */
  readDigits(): Promise<Digits>
  /** Deletes the topic, whose digits have been checked, and makes it anew, under a new epoch or the old one. */
  recreateTopic(epoch: 'new' | 'old'): Promise<void>
  /** The configuration says a new epoch from now on. */
  nextEpoch(): void
  close(): Promise<void>
}

/** A drain that gets no further for so long is stuck. */
const DRAIN_STILL_MS = 120_000
/** The proxies' latest writes have come by then. */
const STRAGGLERS_MS = 1_500

export async function openStage(seed: number, speed: number): Promise<Stage> {
  const clockSettings: FastClockSettings = { startMs: Date.now(), speed }
  const clock = fastClock(clockSettings)
  const dice = createDice(seed, 0)
  const tally = createTally()
  const engines = await startEngines()
  const bucket: Bucket = await startBucket()
  const throttledTable = {
    ...{ status: 400, contentType: 'application/x-amz-json-1.0' },
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"too fast"}',
  }
  const brokenTable = {
    ...{ status: 500, contentType: 'application/x-amz-json-1.0' },
    body: '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"try again"}',
  }
  const proxy = await startFaultyProxy({
    ...{ name: 'dynamodb', port: engines.dynamoPort, dice: createDice(seed, 2), tally },
    ...{ throttled: throttledTable, broken: brokenTable },
  })
  const xml = (status: number, code: string) => ({
    ...{ status, contentType: 'application/xml' },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>later</Message></Error>`,
  })
  const bucketProxy = await startFaultyProxy({
    ...{ name: 's3', port: Number(new URL(bucket.endpoint).port), dice: createDice(seed, 3), tally },
    ...{ throttled: xml(503, 'SlowDown'), broken: xml(500, 'InternalError') },
  })
  const s3 = new S3Client({
    ...{ region: 'us-east-1', endpoint: bucket.endpoint, forcePathStyle: true },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const letters: DeadLettersBucket = connectDeadLetters(s3, BUCKET)
  const topic = connectTopic(engines.kafka.brokers)
  await topic.recreate()
  const book = pinnedBook(engines.dynamo)
  await book.writeAll(clock.now())

  const children = new Set<Child>()
  const closed: ClosedWindowSeen[] = []
  const failures = new Map<string, { readonly times: number; readonly last: string }>()
  let epoch = 1
  let group = 1
  let spawned = 0
  let produced = 0
  const checked = { numbers: 0, times: 0 }
  /** What is expected of the topics that are gone, and of them with the one that is there. */
  let ofPastTopics: Digits = new Map()
  let ofAllTopics: Digits = ofPastTopics

  const hear = (message: ChildMessage): void => {
    if (message.kind === 'fault') tally.count(message.name)
    if (message.kind === 'closed') closed.push(message)
    if (message.kind === 'failed') failed(message.what, message.message)
  }
  const failed = (what: string, last: string): void => {
    failures.set(what, { times: (failures.get(what)?.times ?? 0) + 1, last })
  }

  const stage: Stage = {
    ...{ dice, clock, tally, engines, proxy, book, topic, children, closed, failures },
    produced: () => produced,
    checked: () => checked,
    groupId: () => `tollgate-${group}`,
    shardOf: (partition) => shardOf({ cluster: engines.kafka.brokers, topic: TOPIC, epoch: String(epoch) }, partition),
    setFaults: (inTenThousand) => {
      proxy.setFaults(inTenThousand)
      bucketProxy.setFaults(inTenThousand * 2)
    },
    spawn: (role, killAtRequest, faults) => {
      spawned += 1
      const settings: ChildSettings = {
        ...{ role, seed, index: spawned, clock: clockSettings, epoch: String(epoch), killAtRequest, faults },
        ...{ brokers: engines.kafka.brokers, dynamoEndpoint: proxy.endpoint, s3Endpoint: bucketProxy.endpoint },
        groupId: role === 'zombie' ? `zombie-${spawned}` : stage.groupId(),
      }
      const child = startChild(settings, hear, (printed, wasReady) => {
        // An engine may be down when it starts: it is replaced. Later it must get over that.
        failed(wasReady ? 'process' : 'start of a process', printed.slice(0, 400))
      })
      children.add(child)
      child.gone.then(({ signal }) => {
        children.delete(child)
        if (signal === 'SIGKILL' && killAtRequest > 0) tally.count(`process: ${role} killed between two writes`)
      })
      return child
    },
    underTraffic: (perSecond, make, work) =>
      beside(work, async () => {
        const count = dice.between(1, Math.max(1, Math.round(perSecond / 5)))
        await stage.produceSome(count, make)
        await pause((1000 * count) / perSecond)
      }),
    produceSome: async (count, make) => {
      const records = Array.from({ length: count }, () => make(dice, dice.between(0, PARTITIONS - 1), clock.now()))
      await topic.produce(records)
      produced += count
    },
    instance: () =>
      startInstance({
        ...{ configuration: fuzzConfiguration(String(epoch)), clock, fate: undefined, tell: hear },
        ...{ dynamoEndpoint: `http://127.0.0.1:${engines.dynamoPort}`, s3Endpoint: bucket.endpoint },
      }),
    killChildren: async () => {
      await Promise.all([...children].map((child) => child.kill()))
    },
    calmAndDrain: async () => {
      stage.setFaults(0)
      proxy.throttleMatching(undefined)
      await stage.killChildren()
      await book.writeAll(clock.now())
      await pause(STRAGGLERS_MS)
      await drainTopic(stage)
      await settleAll(stage)
    },
    checkDigits: async () => {
      const configuration = fuzzConfiguration(String(epoch))
      const own = new Map<Sku, Price>(ownRates(configuration.rates).map((price) => [price.sku, price]))
      const expected: Digits = new Map(ofPastTopics)
      addStraightSum(expected, await readTopicRecords(engines.kafka.brokers, TOPIC), {
        context: compileRating(configuration.rating, configuration.rates),
        maxDeclared: parseUsd(configuration.rating.maxDeclaredUsd),
        priceOf: (sku) => PINNED_PRICES.get(sku) ?? own.get(sku),
        shardOf: stage.shardOf,
      })
      const different = differences(expected, await stage.readDigits())
      if (different.length > 0) throw new WrongDigits(different)
      ofAllTopics = expected
      checked.numbers += expected.size
      checked.times += 1
    },
    readDigits: () => readLedgerDigits(engines.dynamo, letters),
    recreateTopic: async (which) => {
      await stage.killChildren()
      await topic.recreate()
      tally.count('kafka: topic recreated')
      ofPastTopics = ofAllTopics
      group += 1
      if (which === 'new') epoch += 1
    },
    nextEpoch: () => {
      epoch += 1
    },
    close: async () => {
      await stage.killChildren()
      await topic.close().catch(() => {})
      await proxy.close()
      await bucketProxy.close()
      await bucket.close()
      s3.destroy()
      await engines.close()
    },
  }
  return stage
}

/** Kind consumers finish the topic, one after the other: one that a busy machine kept from its start is replaced. */
async function drainTopic(stage: Stage): Promise<void> {
  await stage.topic.evict(stage.groupId())
  let consumer: Child | undefined
  let least = await stage.topic.lag(stage.groupId())
  let endMs = Date.now() + DRAIN_STILL_MS
  for (let lag = least; lag > 0n; lag = await stage.topic.lag(stage.groupId())) {
    if (lag < least) {
      least = lag
      endMs = Date.now() + DRAIN_STILL_MS
    }
    if (Date.now() > endMs)
      throw new BrokenPromise('a consumer without faults got no further in the topic for two minutes')
    if (consumer === undefined || !stage.children.has(consumer)) {
      consumer = stage.spawn('consumer', 0, 0)
      await consumer.ready
    }
    await pause(200)
  }
  consumer?.send('close')
  await consumer?.gone
}

/** Settles until a run that remembers nothing finds nothing to settle. */
async function settleAll(stage: Stage): Promise<void> {
  for (let runs = 0; runs < 20; runs += 1) {
    const { spans, usd } = await stage.instance().settle(() => false)
    if (spans === 0 && Number(usd) === 0) return
  }
  throw new BrokenPromise('settling goes on finding something to settle')
}

/** Waits for something that other processes do, but not for ever. */
export async function until(what: string, seconds: number, isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + seconds * 1000
  while (!isSo()) {
    if (Date.now() > endMs) throw new BrokenPromise(`${what}: not within ${seconds} s`)
    await pause(50)
  }
}

/** Repeats one thing for as long as another takes. */
export async function beside<T>(work: () => Promise<T>, repeated: () => Promise<void>): Promise<T> {
  let done = false
  const repeating = (async () => {
    while (!done) await repeated()
  })()
  const [worked, ended] = await Promise.allSettled([
    work().finally(() => {
      done = true
    }),
    repeating,
  ])
  if (worked.status === 'rejected') throw worked.reason
  if (ended.status === 'rejected') throw ended.reason
  return worked.value
}
