import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import { NOT_FETCHED, type Price } from './price.ts'
import { originOf, type PriceOrigin, rateCodeOf, sourceDetail } from './price-source.ts'

/** A price as people look it up. Amounts are decimal strings. */
export interface FoundPrice {
  readonly sku: Sku
  readonly unit: string
  readonly usd: string
  readonly multiplier: string
  /** In units; empty where the price has one band. */
  readonly tiers: readonly { readonly from: string; readonly to: string; readonly usd: string }[]
  readonly source: PriceOrigin
  readonly sourceDetail: string
  readonly rateCode: string
  /** ISO 8601; null for prices that are not fetched (bundled, configured). */
  readonly fetchedAt: string | null
  /** Whole seconds since then. */
  readonly ageSeconds: number | null
  /** Too old to be charged: usage under it is parked. */
  readonly stale: boolean
}

/** What people call what a SKU abbreviates, by the beginning of the SKU. */
const OTHER_NAMES: readonly (readonly [prefix: string, names: string])[] = [
  ['aws/lambda/gb-second', 'duration memory compute'],
  ['aws/lambda/request', 'invocation'],
  ['aws/lambda/storage', 'ephemeral'],
  ['aws/fargate', 'ecs container'],
  ['aws/dynamodb/read-unit', 'rru request capacity'],
  ['aws/dynamodb/write-unit', 'wru request capacity'],
  ['aws/s3/request/tier1', 'put copy post list'],
  ['aws/s3/request/tier2', 'get select head'],
  ['aws/sqs', 'simple queue'],
  ['aws/sns', 'simple notification topic publish'],
  ['aws/kinesis', 'stream record payload'],
  ['aws/events', 'eventbridge'],
  ['aws/states', 'step functions'],
  ['aws/apigateway', 'api gateway'],
  ['aws/kms', 'key management'],
  ['aws/secretsmanager', 'secrets manager'],
  ['aws/ssm', 'parameter store systems manager'],
  ['aws/data-transfer', 'egress bandwidth'],
  ['model/aws.bedrock', 'bedrock'],
  ['edge/declared', 'cost.amount'],
]

/**
 * The prices in which every one of the words occurs, whatever its case: in the SKU, the unit, the Price List's codes,
 * or a common name of the service. Sorted by SKU. `now` decides age and what is stale.
 */
export function findPrices(prices: readonly Price[], words: readonly string[], now: EpochMs): readonly FoundPrice[] {
  const wanted = words.map((word) => word.toLowerCase())
  return prices
    .filter((price) => {
      const names = namesOf(price)
      return wanted.every((word) => names.includes(word))
    })
    .map((price) => found(price, now))
    .sort((a, b) => (a.sku < b.sku ? -1 : 1))
}

function namesOf({ sku, unit, source }: Price): string {
  const others = OTHER_NAMES.filter(([prefix]) => sku.startsWith(prefix)).map(([, names]) => names)
  // Not a published page's address: it names regions and services of its own.
  const codes = 'rateCode' in source ? [sourceDetail(source)] : []
  return [sku, unit, originOf(source), ...codes, ...others].join(' ').toLowerCase()
}

function found({ sku, unit, usd, multiplier, tiers, source, fetchedAt, validUntil }: Price, now: EpochMs): FoundPrice {
  const isFetched = fetchedAt !== NOT_FETCHED
  return {
    sku,
    unit,
    usd,
    multiplier,
    tiers: tiers.length < 2 ? [] : tiers.map(({ begin, end, usd }) => ({ from: begin, to: end ?? 'Inf', usd })),
    source: originOf(source),
    sourceDetail: sourceDetail(source),
    rateCode: rateCodeOf(source),
    fetchedAt: isFetched ? new Date(fetchedAt).toISOString() : null,
    ageSeconds: isFetched ? Math.max(0, Math.floor((now - fetchedAt) / 1000)) : null,
    stale: now >= validUntil,
  }
}
