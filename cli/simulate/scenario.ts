/** What a service is asked for and what it costs, in multiples of its normal second. */
export interface Load {
  /** Requests that the world makes of the environment. */
  readonly frontDoor: number
  /** The service's own entry requests. */
  readonly requests: number
  /** Cost of one of them. */
  readonly unitCost: number
}

export const NORMAL: Load = { frontDoor: 1, requests: 1, unitCost: 1 }

/** What becomes of requests that the gate refuses. */
export interface Retries {
  /** Seconds until the next attempt, by the number of attempts so far (from 1); `place` is a random number in [0, 1). */
  readonly afterS: (attempts: number, place: number) => number
  readonly attempts: number
}

/** A part of the traffic, by the clock of its hosts and the way of its spans. */
export interface Stream {
  /** Of all requests, 0 to 1. */
  readonly share: number
  /** Its hosts' clocks are ahead by so many seconds. */
  readonly aheadS: number
  /** Seconds from the end of a span to the topic. */
  readonly delayS: number
  readonly partition: number
}

/** How a partition is read. */
interface Reading {
  readonly partition: number
  /** In seconds of normal traffic that are read in one second; Infinity: nothing ever waits. */
  readonly capacity: number
}

/** Seconds since the scenario's start; the end is excluded. */
interface Span {
  readonly fromS: number
  readonly toS: number
}

export type Profile = 'steady' | 'daily' | 'weekly'

/**
 * One story of a service that runs at 60 % of its budget. `runaway`: it should be throttled. `emptying`: it may be.
 * `healthy`: any throttle is false.
 */
export interface Scenario {
  readonly id: string
  readonly kind: 'runaway' | 'emptying' | 'healthy'
  /** What the week before looked like. */
  readonly profile: Profile
  /** Minutes that it is watched for from its start. */
  readonly minutes: number
  /** Seconds that are lived at once; 1 unless a long scenario in which nothing hangs on a second says more. */
  readonly stepS?: number
  /** Whole minutes before its start in which `load` counts already: a ramp starts when it burns at 3 times the pace. */
  readonly leadMinutes?: number
  /** By seconds since the start, in multiples of the profile's load at that time. */
  readonly load: (second: number) => Load
  /** The commit that is deployed then; another one than before makes it a deploy. */
  readonly deployed?: string
  readonly retries?: Retries
  readonly streams?: readonly Stream[]
  /** Nothing is read from the topic: each try fails, or, where the consumers are not called, nothing tries. */
  readonly consumersDown?: Span & { readonly areCalled: boolean }
  /** Partitions that are read more slowly than the others. */
  readonly readings?: readonly Reading[]
  /** No price is refreshed. */
  readonly priceOutage?: Span
}
