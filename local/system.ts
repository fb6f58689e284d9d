import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { SNSClient } from '@aws-sdk/client-sns'
import { attributeSpans, type Observation } from '../functions/attribute-spans/attribute-spans.ts'
import { changeBudget } from '../functions/change-budget/change-budget.ts'
import { type ClosedWindow, closeDueWindows } from '../functions/close-windows/close-due-windows.ts'
import { closeWindows } from '../functions/close-windows/close-windows.ts'
import { judgeHeldWindows } from '../functions/close-windows/judge-held-windows.ts'
import { exploreCosts, type TopicPorts } from '../functions/explore-costs/explore-costs.ts'
import { publishAlert } from '../functions/publish-alert/publish-alert.ts'
import { publishThrottle } from '../functions/publish-throttle/publish-throttle.ts'
import { refreshPrices } from '../functions/refresh-prices/refresh-prices.ts'
import { rollUpDays } from '../functions/roll-up-days/roll-up-days.ts'
import { settleParked } from '../functions/settle-parked/settle-parked.ts'
import { throttleGate } from '../functions/throttle-gate/throttle-gate.ts'
import { connectAlerts } from '../layers/adapters/alerts-topic.ts'
import { createBookReader } from '../layers/adapters/book-reader.ts'
import { type BudgetsTable, connectBudgets } from '../layers/adapters/budgets-table.ts'
import { connectDeadLetters, type DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import { connectFlagsReader } from '../layers/adapters/flags-reader.ts'
import { connectFlags } from '../layers/adapters/flags-table.ts'
import { connectDailyRows } from '../layers/adapters/ledger-days.ts'
import { connectParkedRows } from '../layers/adapters/ledger-parked.ts'
import { connectLedger, type LedgerTable } from '../layers/adapters/ledger-table.ts'
import { connectPrices } from '../layers/adapters/prices-table.ts'
import { budgetFor } from '../layers/core/budgets/assigned-budget.ts'
import type { Configuration } from '../layers/core/configuration.ts'
import type { Flag } from '../layers/core/flags/flag.ts'
import { parseUsd } from '../layers/core/money/picodollars.ts'
import { decodeRecord } from '../layers/core/otlp/decode-record.ts'
import { ownRates } from '../layers/core/prices/own-rates.ts'
import { compileRating } from '../layers/core/rating/rating-context.ts'
import { MS_PER_HOUR, MS_PER_MINUTE } from '../layers/core/time/instants.ts'
import { apiRoutes } from './api-routes.ts'
import { auditedTopic } from './audited-topic.ts'
import { startBucket } from './bucket.ts'
import type { Clock, Sleep } from './clock.ts'
import { startDynamoDb } from './dynamodb/server.ts'
import type { StreamHandler } from './dynamodb/stream-delivery.ts'
import { listenOnLoopback } from './http.ts'
import { httpApi } from './http-api.ts'
import { DEAD_LETTERS_BUCKET } from './local-letters.ts'
import type { KafkaHandler } from './log/event-source-mapping.ts'
import type { PartitionedLog } from './log/log.ts'
import { startOtlpReceiver } from './otlp-receiver.ts'
import { createSchedules } from './schedules.ts'
import { fetchSnapshot } from './snapshot-prices.ts'
import { type SnsInbox, startSnsInbox } from './sns-inbox.ts'
import { tableItems } from './table-items.ts'
import { createTables, LOCAL_TABLES } from './tables.ts'
import { openTopic } from './topic.ts'

/** The functions by the names of their folders. */
export const LOCAL_FUNCTIONS = [
  'refresh-prices',
  'attribute-spans',
  'close-windows',
  'settle-parked',
  'roll-up-days',
  'publish-throttle',
  'publish-alert',
  'change-budget',
  'throttle-gate',
  'explore-costs',
] as const
export type LocalFunctionName = (typeof LOCAL_FUNCTIONS)[number]
type LocalFunctions = Readonly<Record<LocalFunctionName, (event: unknown) => Promise<unknown>>>

export interface LocalSystemSettings {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly sleep: Sleep
  /** Keeps the state there and goes on from it; in memory without it. */
  readonly folder?: string
  /** `HOST:PORT,HOST:PORT` of a real Kafka that carries the spans; the local log without it. */
  readonly kafka?: string
  /** Ports to listen on; 0 takes any free one. */
  readonly ports: { readonly otlp: number; readonly api: number }
  /** Gets what went wrong; it is tried again by itself. */
  readonly report: (what: string, error: unknown) => void
  /** Deletes items whose time to live is over; off where the clock jumps through years. */
  readonly expires: boolean
}

/** The whole system in one process: the functions that AWS runs, on stand-ins that speak AWS's protocols. */
export interface LocalSystem {
  /** Where SDKs send spans: `http://127.0.0.1:4318`. */
  readonly otlpUrl: string
  /** The HTTP API: `/v1/flags`, `/v1/spend`, `/v1/budgets`. */
  readonly apiUrl: string
  readonly functions: LocalFunctions
  /** Puts a record into the topic. */
  readonly append: PartitionedLog['append']
  /** What was published to the alerts topic. */
  readonly inbox: SnsInbox
  readonly deadLetters: DeadLettersBucket
  readonly ledger: LedgerTable
  readonly budgets: BudgetsTable
  readonly readFlags: () => Promise<readonly Flag[]>
  /** Every item of every table as JSON text, by the JSON text of `[table, partition key, sort key]`. */
  readonly items: () => Promise<ReadonlyMap<string, string>>
  /** Windows closed since the start, oldest first. */
  readonly closedWindows: () => readonly ClosedWindow[]
  /** What attribute-spans observed since the start. */
  readonly observations: () => readonly Observation[]
  /** Lets everything happen that is due at the clock's time, and resolves when it has: for a clock moved by hand. */
  settle(): Promise<void>
  /** Lets things happen as time passes, until `close`. */
  start(): void
  close(): Promise<void>
}

const REGION = 'us-east-1'
const ALERTS_TOPIC_ARN = `arn:aws:sns:${REGION}:000000000000:tollgate-alerts`
const TICK_MS = 10_000
/** As the deployed mappings of the Budgets table's stream. */
const STREAM_RETRIES = 10
/** What is remembered for those who watch. */
const KEPT_WINDOWS = 10_000

/**
 * Starts the system.
 * @throws PortTaken, and what the stand-ins throw where the folder cannot be used
 */
export async function startLocalSystem(settings: LocalSystemSettings): Promise<LocalSystem> {
  const opened = new AsyncDisposableStack()
  try {
    return await openSystem(settings, opened)
  } catch (error) {
    // What is open would keep the process alive.
    await opened.disposeAsync()
    throw error
  }
}

/** Opens the parts one after the other; `opened` closes them in the opposite order. */
async function openSystem(settings: LocalSystemSettings, opened: AsyncDisposableStack): Promise<LocalSystem> {
  const { clock, sleep, configuration, folder, report } = settings
  const kept = folder === undefined ? {} : { folder }
  const dynamodb = await startDynamoDb({ clock, sleep, ...kept })
  opened.defer(dynamodb.close)
  const bucket = await startBucket(folder)
  opened.defer(bucket.close)
  const inbox = await startSnsInbox(clock)
  opened.defer(inbox.close)
  const topic = await openTopic({
    name: configuration.topic.name,
    partitions: configuration.topic.partitions,
    brokers: settings.kafka,
    folder,
    sleep,
    onFailure: (cause) => report('attribute-spans will have its batch again', cause),
  })
  opened.defer(topic.close)
  const aws = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const dynamo = new DynamoDBClient({ ...aws, endpoint: dynamodb.endpoint })
  opened.defer(() => dynamo.destroy())
  await createTables(dynamo)

  const adapters = connectAdapters(settings, dynamo, {
    s3: new S3Client({ ...aws, endpoint: bucket.endpoint, forcePathStyle: true }),
    sns: new SNSClient({ ...aws, endpoint: inbox.endpoint }),
  })
  const closed: ClosedWindow[] = []
  const observed: Observation[] = []
  const functions = connectFunctions(settings, adapters, {
    closed: (window) => keep(closed, window),
    observed: (observation) => keep(observed, observation),
    topic: auditedTopic(topic.records, adapters.deadLetters, adapters.rating, adapters.maxDeclared),
  })
  await functions['refresh-prices']({})

  for (const name of ['publish-throttle', 'publish-alert'] as const) {
    dynamodb.onStream(LOCAL_TABLES.BUDGETS_TABLE, {
      name,
      handler: functions[name] as StreamHandler,
      maximumRetryAttempts: STREAM_RETRIES,
      onDiscard: (_, cause) => report(`${name} gave a change up`, cause),
    })
  }
  const mapping = await topic.map(functions['attribute-spans'] as KafkaHandler)
  opened.defer(mapping.close)
  const schedules = createSchedules(clock, sleep, (cause) => report('a scheduled function failed', cause))
  opened.defer(schedules.close)
  schedules.every(MS_PER_MINUTE, async () => void (await functions['refresh-prices'](SCHEDULED)))
  schedules.every(MS_PER_MINUTE, async () => void (await functions['settle-parked'](SCHEDULED)))
  schedules.every(MS_PER_HOUR, async () => void (await functions['roll-up-days'](SCHEDULED)))
  schedules.every(TICK_MS, async () => void (await functions['close-windows']({})))
  if (settings.expires) schedules.every(MS_PER_MINUTE, async (at) => void (await dynamodb.expire(at)))

  const receiver = await startOtlpReceiver({
    log: topic,
    clock,
    port: settings.ports.otlp,
    decode: (value, receivedAt) => decodeRecord(value, receivedAt, adapters.maxDeclared),
  })
  opened.defer(receiver.close)
  const { deadLetters, rating, readBook } = adapters
  const routes = apiRoutes({ functions, dynamo, topic, deadLetters, rating, readBook, clock })
  const api = await listenOnLoopback(
    httpApi(routes, (error) => report('the API failed', error)),
    settings.ports.api,
  )
  opened.defer(api.close)

  return {
    otlpUrl: receiver.url,
    apiUrl: api.url,
    functions,
    append: topic.append,
    inbox,
    items: () => tableItems(dynamo),
    deadLetters: adapters.deadLetters,
    ledger: adapters.ledger,
    budgets: adapters.budgets,
    readFlags: adapters.readFlags,
    closedWindows: () => closed,
    observations: () => observed,
    settle: async () => {
      await schedules.runDue(clock.now())
      await mapping.drain()
      await dynamodb.drain()
    },
    start: () => {
      mapping.start()
      schedules.start()
    },
    close: () => opened.disposeAsync(),
  }
}

/** EventBridge's event, as far as functions read it. */
const SCHEDULED = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} }

function keep<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > KEPT_WINDOWS) list.shift()
}

function connectAdapters(
  { configuration, clock, report }: LocalSystemSettings,
  dynamo: DynamoDBClient,
  { s3, sns }: { readonly s3: S3Client; readonly sns: SNSClient },
) {
  const prices = connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE)
  return {
    prices,
    ledger: connectLedger(dynamo, LOCAL_TABLES.LEDGER_TABLE, configuration.retention.ledgerDays),
    days: connectDailyRows(dynamo, LOCAL_TABLES.LEDGER_TABLE, configuration.retention.dailyMonths),
    parked: connectParkedRows(dynamo, LOCAL_TABLES.LEDGER_TABLE, configuration.retention.ledgerDays),
    budgets: connectBudgets(dynamo, LOCAL_TABLES.BUDGETS_TABLE),
    flags: connectFlags(dynamo, LOCAL_TABLES.FLAGS_TABLE),
    readFlags: connectFlagsReader(dynamo, LOCAL_TABLES.FLAGS_TABLE, (count) =>
      report('flags cannot be read', new Error(`${count} of them`)),
    ),
    deadLetters: connectDeadLetters(s3, DEAD_LETTERS_BUCKET),
    alerts: connectAlerts(sns, ALERTS_TOPIC_ARN),
    readBook: createBookReader({
      prices,
      ownPrices: ownRates(configuration.rates),
      multipliers: configuration.multipliers,
      now: clock.now,
    }),
    maxDeclared: parseUsd(configuration.rating.maxDeclaredUsd),
    rating: compileRating(configuration.rating, configuration.rates),
  }
}

function connectFunctions(
  { configuration, clock, report }: LocalSystemSettings,
  adapters: ReturnType<typeof connectAdapters>,
  watch: {
    readonly closed: (window: ClosedWindow) => void
    readonly observed: (observation: Observation) => void
    readonly topic: TopicPorts | undefined
  },
): LocalFunctions {
  const { now } = clock
  const { budgets, ledger, prices, readBook, readFlags } = adapters
  const closePorts = { budgets, ledger, readBook, configuration }
  const closeAll = closeDueWindows(closePorts)
  const close = async (progress: Parameters<typeof closeAll>[0], at: Parameters<typeof closeAll>[1]) => {
    const windows = await closeAll(progress, at)
    for (const window of windows) watch.closed(window)
    return windows
  }
  const attribute = attributeSpans({
    now,
    rating: adapters.rating,
    maxDeclared: adapters.maxDeclared,
    topicEpoch: configuration.topic.epoch,
    readBook,
    bookRow: ledger.bookRow,
    keepDeadLetter: adapters.deadLetters.keep,
    registerService: budgets.registerService,
    markOpen: budgets.markOpen,
    reportProgress: budgets.reportProgress,
    closeWindows: close,
    observe: (observation) => {
      watch.observed(observation)
      if (observation.kind === 'failed') report(`attribute-spans: ${observation.what}`, observation.error)
    },
  })
  const failure = (what: string) => (service: string, error: unknown) => report(`${what} of ${service}`, error)
  const rollUp = rollUpDays({
    now,
    ledgerDays: configuration.retention.ledgerDays,
    readServices: async () => (await budgets.readStates()).map(({ service }) => service),
    readHours: ledger.readHours,
    days: adapters.days,
    observe: () => {},
  })
  const settle = settleParked({ now, readBook, parked: adapters.parked, observe: () => {} })
  const tick = closeWindows({
    now,
    pause: async () => {},
    readProgress: budgets.readProgress,
    closeDueWindows: close,
    judgeHeldWindows: judgeHeldWindows(closePorts),
    observe: () => {},
    observeFailure: (error) => report('close-windows: a service was not judged by the windows that are held', error),
  })
  return {
    'refresh-prices': refreshPrices({
      fetchPrices: fetchSnapshot(
        configuration.pricedRegions,
        configuration.schedules.pricesValidMinutes * MS_PER_MINUTE,
        now,
      ),
      prices,
      refreshEveryMs: configuration.schedules.refreshPricesMinutes * MS_PER_MINUTE,
      now,
      unique: () => randomUUID().slice(0, 8),
    }),
    'attribute-spans': (event) => attribute(event, () => false),
    'close-windows': (event) => tick(event, () => false),
    'settle-parked': (event) => settle(event, () => false),
    'roll-up-days': (event) => rollUp(event, () => false),
    'publish-throttle': publishThrottle({
      now,
      putFlag: adapters.flags.putFlag,
      flagMs: configuration.retention.flagMinutes * MS_PER_MINUTE,
      exemptionsOf: (service) => budgetFor(service, configuration).exempt,
      observeFailure: failure('the flag'),
    }),
    'publish-alert': publishAlert({
      now,
      flags: adapters.flags,
      publishMessage: adapters.alerts.publishMessage,
      readStates: budgets.readStates,
      readHours: ledger.readHours,
      observeFailure: failure('the alert'),
    }),
    'change-budget': changeBudget({ now, budgets, configuration }),
    'throttle-gate': throttleGate({ now, readFlags, observeFailure: (error) => report('throttle-gate', error) }),
    'explore-costs': exploreCosts({
      now,
      readHours: ledger.readHours,
      days: adapters.days,
      ledgerDays: configuration.retention.ledgerDays,
      readStates: budgets.readStates,
      budgets,
      readFrontDoor: ledger.readFrontDoor,
      readFlags,
      ...(watch.topic === undefined ? {} : { topic: watch.topic }),
      readBook,
      rules: configuration,
    }),
  }
}
