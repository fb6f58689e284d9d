import { type Configuration, configurationSchema } from '../../layers/core/configuration.ts'

export const TOPIC = 'otel-cost-spans'
export const PARTITIONS = 12

/**
 * The services' configuration. `prod/checkout` runs on Lambda, `prod/search` and `prod/wide` have rates whose products are
 * no whole picodollars; `staging/worker` and `prod/unrated` have no rate: their usage waits for ever.
 */
export function fuzzConfiguration(epoch: string): Configuration {
  return configurationSchema.parse({
    topic: { name: TOPIC, partitions: PARTITIONS, epoch },
    rates: [
      { service: 'prod/search', usdPerMs: '0.0000001234567' },
      { service: 'prod/search', operation: 'GET /search/index', usdPerMs: '0.00000098765432109' },
      { service: 'prod/wide', usdPerMs: '0.000000000777' },
    ],
  })
}
