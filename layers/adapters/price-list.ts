import { type Filter, GetProductsCommand, type GetProductsCommandOutput, PricingClient } from '@aws-sdk/client-pricing'
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  halfJitterGenerator,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel'
import { SKU_FAMILIES } from '../core/prices/sku.ts'

/** GetProducts gives at most 100 products a page (API reference, GetProducts). */
const PAGE_PRODUCTS_MAX = 100
/** AmazonS3, the longest list read here, has some 20 pages a region. More than this is a server that pages for ever. */
const PAGES_MAX = 200

/** How long to wait for what, ms. */
export interface PriceListTiming {
  /** For one page, body included. */
  readonly callTimeoutMs: number
  readonly throttledPauseMs: { readonly first: number; readonly max: number }
  readonly failedPauseMs: { readonly first: number; readonly max: number }
  /** An open breaker lets one call through after that. Less than a minute: refreshes are tried again every minute. */
  readonly openMs: { readonly first: number; readonly max: number }
}

const TIMING: PriceListTiming = {
  callTimeoutMs: 10_000,
  // The API takes 5 calls a second, 10 at once (AWS guide "Quotas in the AWS Price List API").
  throttledPauseMs: { first: 500, max: 20_000 },
  failedPauseMs: { first: 200, max: 5_000 },
  openMs: { first: 10_000, max: 50_000 },
}

/** 10 attempts from 0.5 s, jittered: about two minutes of being throttled. */
const THROTTLED_ATTEMPTS_MAX = 10
const FAILED_ATTEMPTS_MAX = 3
/** Failures in a row that open the breaker. */
const FAILURES_TO_OPEN = 3

export type BreakerState = 'closed' | 'open' | 'half-open'

/** The Price List could not be read to its end; nothing of it may be used. */
export class PriceListUnreachable extends Error {
  override readonly name = 'PriceListUnreachable'
  readonly why: 'breaker-open' | 'throttled' | 'failed' | 'endless-pages'
  constructor(why: PriceListUnreachable['why'], cause?: unknown) {
    super(`the Price List could not be read: ${why}${cause instanceof Error ? ` (${cause.name})` : ''}`, { cause })
    this.why = why
  }
}

export interface PriceList {
  /**
   * All `PriceList` entries (JSON strings) of the services that SKU families name, in the given regions.
   * @throws PriceListUnreachable: entries are given whole or not at all.
   */
  readEntries(): Promise<readonly string[]>
  breakerState(): BreakerState
}

/** The API lives in three regions only (AWS guide "Finding services and products", endpoints): the nearest one. */
export function priceListRegion(region: string): string {
  if (/^(eu|af|me|il)-/.test(region)) return 'eu-central-1'
  return region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1'
}

/** A client for the Price List. It does not retry: `connectPriceList` does, and knows throttling from an outage. */
export const createPriceListClient = (region: string): PricingClient =>
  new PricingClient({ region: priceListRegion(region), maxAttempts: 1 })

/**
 * Reads the Price List politely: throttling is waited out with jittered backoff and is no outage; failures are tried again
 * a few times, and three in a row open the circuit breaker. The breaker lives as long as what this returns.
 */
export function connectPriceList(
  client: PricingClient,
  regions: readonly string[],
  timing: PriceListTiming = TIMING,
): PriceList {
  const breaker = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
    halfOpenAfter: backoff(timing.openMs),
  })
  const policy = wrap(
    retry(handleWhen(isOutage), { maxAttempts: FAILED_ATTEMPTS_MAX - 1, backoff: backoff(timing.failedPauseMs) }),
    breaker,
    retry(handleWhen(isThrottling), {
      maxAttempts: THROTTLED_ATTEMPTS_MAX - 1,
      backoff: backoff(timing.throttledPauseMs),
    }),
  )
  const getPage: GetPage = (serviceCode, filter, token) =>
    policy.execute(() =>
      client.send(
        new GetProductsCommand({
          ServiceCode: serviceCode,
          Filters: [filter],
          FormatVersion: 'aws_v1',
          MaxResults: PAGE_PRODUCTS_MAX,
          NextToken: token,
        }),
        { abortSignal: AbortSignal.timeout(timing.callTimeoutMs) },
      ),
    )
  return {
    readEntries: () => readEntries(getPage, regions),
    breakerState: () => nameOf(breaker.state),
  }
}

type GetPage = (serviceCode: string, filter: Filter, token: string | undefined) => Promise<GetProductsCommandOutput>

async function readEntries(getPage: GetPage, regions: readonly string[]): Promise<readonly string[]> {
  const entries: string[] = []
  // One at a time: the API allows five calls a second.
  for (const serviceCode of new Set(SKU_FAMILIES.map((family) => family.serviceCode))) {
    for (const region of regions) {
      entries.push(...(await readService(getPage, serviceCode, region)))
    }
  }
  return entries
}

async function readService(getPage: GetPage, serviceCode: string, region: string): Promise<readonly string[]> {
  const filter = regionFilter(serviceCode, region)
  const entries: string[] = []
  let token: string | undefined
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await namingFailures(() => getPage(serviceCode, filter, token))
    entries.push(...(answer.PriceList ?? []).map(String))
    const next = answer.NextToken
    if (next === undefined || next === '') return entries
    if (next === token) throw new PriceListUnreachable('endless-pages')
    token = next
  }
  throw new PriceListUnreachable('endless-pages')
}

/** Data transfer is listed by the region it leaves. */
const regionFilter = (serviceCode: string, region: string): Filter => ({
  Type: 'TERM_MATCH',
  Field: serviceCode === 'AWSDataTransfer' ? 'fromRegionCode' : 'regionCode',
  Value: region,
})

async function namingFailures<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof BrokenCircuitError) throw new PriceListUnreachable('breaker-open', error)
    throw new PriceListUnreachable(isThrottling(error) ? 'throttled' : 'failed', error)
  }
}

function backoff({ first, max }: { readonly first: number; readonly max: number }): ExponentialBackoff<unknown> {
  // Between half of the delay and all of it: jittered, and never so short that it is no pause.
  return new ExponentialBackoff({ initialDelay: first, maxDelay: max, generator: halfJitterGenerator })
}

/** A request that is itself wrong (`AccessDeniedException`) is neither throttling nor an outage: it fails at once. */
const isOutage = (error: unknown): boolean => !isThrottling(error) && faultOf(error) !== 'client'

const isThrottling = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'ThrottlingException' || statusOf(error) === 429)

const faultOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && '$fault' in error ? error.$fault : undefined

function statusOf(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const metadata = error.$metadata
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? metadata.httpStatusCode
    : undefined
}

function nameOf(state: CircuitState): BreakerState {
  if (state === CircuitState.Open || state === CircuitState.Isolated) return 'open'
  return state === CircuitState.HalfOpen ? 'half-open' : 'closed'
}
