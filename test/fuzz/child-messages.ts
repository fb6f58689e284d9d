import type { Minute } from '../../layers/core/time/instants.ts'
import type { FastClockSettings } from './fast-clock.ts'

/** What a consumer or settler process is started with: JSON in its environment variable `FUZZ_CHILD`. */
export interface ChildSettings {
  readonly role: 'consumer' | 'zombie' | 'settler'
  readonly seed: number
  /** Tells apart the children of a run. */
  readonly index: number
  readonly clock: FastClockSettings
  readonly epoch: string
  readonly groupId: string
  readonly brokers: string
  readonly dynamoEndpoint: string
  readonly s3Endpoint: string
  /** Kills itself at its n-th request to the tables or the bucket; 0: never. */
  readonly killAtRequest: number
  /** How many of 10,000 deliveries are made a fault of. */
  readonly faults: number
}

/** What it tells the run. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'fault'; readonly name: string }
  | { readonly kind: 'failed'; readonly what: string; readonly message: string }
  | { readonly kind: 'closed'; readonly window: Minute; readonly complete: boolean; readonly atMs: number }
  | { readonly kind: 'drained' }

/** What the run tells it. */
export type ChildCommand = 'drain' | 'close'

export const SETTINGS_VARIABLE = 'FUZZ_CHILD'
export const BUCKET = 'tollgate-dead-letters'
