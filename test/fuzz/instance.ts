import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { attributeSpans, type KafkaBatchResponse } from '../../functions/attribute-spans/attribute-spans.ts'
import { closeDueWindows } from '../../functions/close-windows/close-due-windows.ts'
import { type SettlingRun, settleParked } from '../../functions/settle-parked/settle-parked.ts'
import { createBookReader } from '../../layers/adapters/book-reader.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { connectDeadLetters } from '../../layers/adapters/dead-letters-bucket.ts'
import { connectParkedRows } from '../../layers/adapters/ledger-parked.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { connectPrices } from '../../layers/adapters/prices-table.ts'
import type { Configuration } from '../../layers/core/configuration.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { ownRates } from '../../layers/core/prices/own-rates.ts'
import { compileRating } from '../../layers/core/rating/rating-context.ts'
import type { Clock } from '../../local/clock.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import { BUCKET, type ChildMessage } from './child-messages.ts'
import { type Fate, never, putBefore } from './crash-points.ts'

/** What an instance of the functions runs on. */
export interface InstanceSettings {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly dynamoEndpoint: string
  readonly s3Endpoint: string
  /** Of the process: asked before each request of each of its instances. */
  readonly fate: Fate | undefined
  readonly tell: (message: ChildMessage) => void
}

/** One warm instance of the functions: the real ones, on the real adapters, with caches of its own. */
export interface Instance {
  attribute(event: unknown, isLate: () => boolean): Promise<KafkaBatchResponse>
  settle(isLate: () => boolean): Promise<SettlingRun>
  closeWindows(): Promise<void>
  /** After so many more requests nothing that this instance has begun goes on: its invocations never end. */
  cutOffAfter(requests: number, then: () => void): void
}

const CREDENTIALS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
/** Timeouts shorter than the proxy's longest delays, so that they happen; retries as many as deployed, and sooner. */
const CLIENT = {
  retryStrategy: new ConfiguredRetryStrategy(4, (attempt) => 5 * attempt),
  requestHandler: { requestTimeout: 800, throwOnRequestTimeout: true, connectionTimeout: 500 },
}

export function startInstance({ configuration, clock, fate, tell, ...endpoints }: InstanceSettings): Instance {
  const { now } = clock
  const dynamo = new DynamoDBClient({ ...CREDENTIALS, ...CLIENT, endpoint: endpoints.dynamoEndpoint })
  const s3 = new S3Client({ ...CREDENTIALS, ...CLIENT, endpoint: endpoints.s3Endpoint, forcePathStyle: true })
  const cut = cutOff()
  for (const client of [dynamo, s3]) putBefore(client, fate === undefined ? [cut.fate] : [cut.fate, fate])
  const budgets = connectBudgets(dynamo, LOCAL_TABLES.BUDGETS_TABLE)
  const ledger = connectLedger(dynamo, LOCAL_TABLES.LEDGER_TABLE, configuration.retention.ledgerDays)
  const prices = connectPrices(dynamo, LOCAL_TABLES.PRICES_TABLE)
  const readBook = createBookReader({ prices, ownPrices: ownRates(configuration.rates), multipliers: [], now })
  const closeAll = closeDueWindows({ budgets, ledger, readBook, configuration })
  const closeWindows = async (...args: Parameters<typeof closeAll>): Promise<void> => {
    for (const { window, complete } of await closeAll(...args)) tell({ kind: 'closed', window, complete, atMs: now() })
  }
  const settle = settleParked({
    now,
    readBook,
    parked: connectParkedRows(dynamo, LOCAL_TABLES.LEDGER_TABLE, configuration.retention.ledgerDays),
    observe: () => {},
  })
  return {
    attribute: attributeSpans({
      now,
      rating: compileRating(configuration.rating, configuration.rates),
      maxDeclared: parseUsd(configuration.rating.maxDeclaredUsd),
      topicEpoch: configuration.topic.epoch,
      readBook,
      bookRow: ledger.bookRow,
      keepDeadLetter: connectDeadLetters(s3, BUCKET).keep,
      registerService: budgets.registerService,
      markOpen: budgets.markOpen,
      reportProgress: budgets.reportProgress,
      closeWindows,
      observe: (observed) => {
        if (observed.kind === 'failed') tell({ kind: 'failed', what: observed.what, message: describe(observed.error) })
      },
    }),
    settle: (isLate) => settle({}, isLate),
    closeWindows: async () => closeWindows(await budgets.readProgress(), now()),
    cutOffAfter: cut.after,
  }
}

function cutOff(): { readonly fate: Fate; readonly after: Instance['cutOffAfter'] } {
  let left = Number.POSITIVE_INFINITY
  let tell = (): void => {}
  const spend = (): Promise<never> | undefined => {
    left -= 1
    if (left > 0) return undefined
    tell()
    return never()
  }
  return {
    // Both ends count: what was sent last may be written, and its writer not know it.
    fate: { before: spend, after: spend },
    after: (requests, then) => {
      left = requests
      tell = then
    },
  }
}

const describe = (error: unknown): string =>
  error instanceof AggregateError ? `${error}; ${error.errors[0]}` : String(error)
