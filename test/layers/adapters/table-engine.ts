import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

/** The four tables of `createTables`, empty, on some engine. */
export interface OpenTables {
  readonly client: DynamoDBClient
  /** The records of the Budgets table's stream so far, oldest first, as Lambda gives them to a function. */
  streamed(): Promise<readonly unknown[]>
  /** Deletes the items whose time to live is over by the machine's clock, where the engine does so when it is asked. */
  expire(): Promise<void>
  close(): Promise<void>
}

/** What the suites of the table adapters run on: the stand-in, and DynamoDB Local. */
export interface TableEngine {
  readonly name: string
  /** False: DynamoDB Local sweeps expired items at times of its own, within seconds or hours, so nothing can wait for it. */
  readonly expiresWhenAsked: boolean
  open(): Promise<OpenTables>
}

/**
 * The instant of the suites' data: later than any day that they run on, since DynamoDB Local deletes what has expired by the
 * machine's own clock.
 */
export const NOON = Date.parse('2037-11-23T12:00:00Z') as EpochMs
