import type { Rate, RatingSettings } from '../configuration.ts'
import { wildcard } from '../identity/wildcard.ts'
import { type Picodollars, parseUsd } from '../money/picodollars.ts'
import { memoize } from '../operation/memoize.ts'
import type { Sku } from './usage.ts'

/** How a service is deployed, as the configuration says it (configuration.ts, `rating.services`). */
export type Deployment = RatingSettings['services'][number]

/** What the configuration says of one service. */
export interface ServiceRules {
  readonly deployment: Deployment | undefined
  /** Own rates of single operations. */
  readonly rateOf: ReadonlyMap<string, Sku>
  /** The own rate of all other operations: `rate/<service>/*` even where nobody has set one yet. */
  readonly rateOfOthers: Sku
  /** False: nobody has set one; usage under it is parked until somebody does. */
  readonly hasRateOfOthers: boolean
  /** How many spans one span stands for, where the service samples without `ot=th:`. */
  readonly spansPerSpan: number | undefined
}

/** Everything that rating knows beside the span: the configuration's rules, compiled once. */
export interface RatingContext {
  readonly settings: RatingSettings
  readonly maxDeclared: Picodollars
  readonly modelCallScopes: ReadonlySet<string>
  readonly rulesOf: (service: string) => ServiceRules
}

/** Services whose rules are remembered: twice what one record may name. */
const REMEMBERED_SERVICES = 1_000

/** Compiles the configuration's rules. Throws NotADecimal where `maxDeclaredUsd` was not validated. */
export function compileRating(settings: RatingSettings, rates: readonly Rate[]): RatingContext {
  const deployments = settings.services.map((deployment) => ({
    deployment,
    matches: wildcard(deployment.service),
  }))
  const samplers = settings.sampling.map((sampler) => ({ ...sampler, matches: wildcard(sampler.service) }))
  const rulesOf = (service: string): ServiceRules => ({
    ...ownRatesOf(service, rates),
    deployment: deployments.find(({ matches }) => matches.test(service))?.deployment,
    spansPerSpan: samplers.find(({ matches }) => matches.test(service))?.spansPerSpan,
  })
  return {
    settings,
    maxDeclared: parseUsd(settings.maxDeclaredUsd),
    modelCallScopes: new Set(settings.modelCallScopes),
    rulesOf: memoize(rulesOf, REMEMBERED_SERVICES),
  }
}

/** A service's own rates win over those of `*`; among each, the operation's over those of all operations. */
function ownRatesOf(service: string, rates: readonly Rate[]) {
  const rateOf = new Map<string, Sku>()
  let others: Sku | undefined
  for (const owner of ['*', service]) {
    const own = rates.filter((rate) => rate.service === owner)
    const forAll = own.some((rate) => rate.operation === '*')
    if (forAll) rateOf.clear()
    if (forAll) others = `rate/${owner}/*` as Sku
    for (const rate of own)
      if (rate.operation !== '*') rateOf.set(rate.operation, `rate/${owner}/${rate.operation}` as Sku)
  }
  return { rateOf, rateOfOthers: others ?? (`rate/${service}/*` as Sku), hasRateOfOthers: others !== undefined }
}
