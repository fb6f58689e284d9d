import type { EpochMs } from '../../layers/core/time/instants.ts'

/** A Kafka record's headers, in order; a name may come more than once. */
type Headers = readonly (readonly [name: string, value: Uint8Array])[]

/** One record as a consumer gets it. */
export interface ConsumedRecord {
  readonly partition: number
  readonly offset: number
  readonly timestampMs: EpochMs
  readonly key?: Uint8Array
  readonly headers: Headers
  /** A tombstone has none. */
  readonly value?: Uint8Array
}

/** One record of the log. */
export interface LogRecord extends ConsumedRecord {
  readonly value: Uint8Array
}

export interface AppendOptions {
  /** Records with the same key go to the same partition, whatever `partition` says of the others. */
  readonly key?: Uint8Array
  readonly headers?: Headers
  /** The record's own timestamp, epoch ms (Kafka's CREATE_TIME). */
  readonly timestampMs: EpochMs
  /** Where the record goes; without it and without a key, the next partition in turn. */
  readonly partition?: number
}

/** The consumer is too far behind for the log to take more. */
export class LogFull extends Error {
  override readonly name = 'LogFull'
  constructor(partition: number) {
    super(`partition ${partition} holds as many unread bytes as it may: send again when its consumer has caught up`)
  }
}
