import type { ServiceName } from './services.ts'

/** The requests that the world makes of the shop's front door. */
export const REQUEST_KINDS = ['home', 'product', 'checkout', 'order-status'] as const
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** A deploy: from its minute on, new requests of the service run this commit. */
export interface Release {
  readonly minute: number
  readonly service: ServiceName
  readonly commit: string
  /** One line for people. */
  readonly summary: string
  /** How often `checkout` asks its model about one order; 1 where nothing retries. */
  readonly modelAttempts: number
}

/** More of one kind of request, from a minute up to and without another. */
export interface Burst {
  readonly fromMinute: number
  readonly untilMinute: number
  readonly kind: RequestKind
  readonly requestsPerMinute: number
}

/** What happens, in minutes since the traffic began. After `minutes` the background goes on. */
export interface Scenario {
  readonly minutes: number
  readonly requestsPerMinute: { readonly [kind in RequestKind]: number }
  readonly bursts: readonly Burst[]
  /** By minute, oldest first; every service has one at minute 0. */
  readonly releases: readonly Release[]
}

const steady = { minute: 0, modelAttempts: 1 }

/**
 * The demo's story: 40 quiet minutes, long enough for a baseline (30 windows with at least 20 entry requests: `checkout`
 * gets 24 a minute, `recommend` 26, `orders` 32, `catalog` 50); a bad deploy of `checkout`; two minutes later eight times
 * the requests for `catalog`, each as cheap as ever; at last the rollback.
 */
export const DEMO_SCENARIO: Scenario = {
  minutes: 66,
  requestsPerMinute: { home: 26, product: 24, checkout: 24, 'order-status': 8 },
  // 26 home pages and 374 product pages a minute: 400 requests of `catalog` instead of 50.
  bursts: [{ fromMinute: 42, untilMinute: 48, kind: 'product', requestsPerMinute: 374 }],
  releases: [
    { ...steady, service: 'storefront', commit: '5c01d7e', summary: 'as deployed last week' },
    { ...steady, service: 'catalog', commit: '9b82f04', summary: 'as deployed last week' },
    { ...steady, service: 'recommend', commit: '27ae6b1', summary: 'as deployed last week' },
    { ...steady, service: 'checkout', commit: 'e4d909c', summary: 'as deployed last week' },
    { ...steady, service: 'orders', commit: '81b6c33', summary: 'as deployed last week' },
    {
      minute: 40,
      service: 'checkout',
      commit: 'bad5eed',
      summary: 'each order asks the model 12 times',
      modelAttempts: 12,
    },
    { minute: 58, service: 'checkout', commit: 'e4d909c', summary: 'roll back', modelAttempts: 1 },
  ],
}

/** What `service` runs at a minute: its newest release by then. Throws where the scenario has none: that is a mistake in it. */
export function releaseAt(scenario: Scenario, service: ServiceName, minute: number): Release {
  const release = scenario.releases.findLast((one) => one.service === service && one.minute <= minute)
  if (release === undefined) throw new Error(`the scenario deploys no ${service} by minute ${minute}: add a release`)
  return release
}

/** Requests of one kind in one minute: the burst's where one is on, else the background's. */
export function requestsAt(scenario: Scenario, kind: RequestKind, minute: number): number {
  const burst = scenario.bursts.find((one) => one.kind === kind && one.fromMinute <= minute && minute < one.untilMinute)
  return burst?.requestsPerMinute ?? scenario.requestsPerMinute[kind]
}
