import { type Configuration, configurationSchema } from '../../layers/core/configuration.ts'
import { REGION, SERVICES } from './services.ts'

/**
 * The demo's configuration: Tollgate's own defaults ($500 a day for each service), own rates for the three services that
 * run on EKS and ECS, and `enforce` from the start. A budget of yours starts in `shadow`.
 */
export function demoConfiguration(): Configuration {
  return configurationSchema.parse({
    pricedRegions: [REGION],
    rates: [
      { service: SERVICES.storefront.identity, usdPerMs: '0.0000004' },
      { service: SERVICES.catalog.identity, usdPerMs: '0.00008' },
      { service: SERVICES.recommend.identity, usdPerMs: '0.0000006' },
    ],
    defaultBudget: { service: '*', limitUsd: '500', mode: 'enforce' },
  })
}
