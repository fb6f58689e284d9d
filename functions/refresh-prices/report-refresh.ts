import { MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../../layers/adapters/instrumented.ts'
import type { BreakerState } from '../../layers/adapters/price-list.ts'
import type { RefreshOutcome } from './refresh-prices.ts'

/** The breaker as a number, so that a metric's maximum is its worst state. */
const BREAKER_LEVEL: { readonly [state in BreakerState]: number } = { closed: 0, 'half-open': 1, open: 2 }

/** Each kept SKU is named in a log line of its own, up to this many; the metric counts all. */
const NAMED_MAX = 50

/** Makes metrics and log lines of a refresh. Alarms stand on `price_book_age_seconds` and `price_refresh_failed`. */
export function reportRefresh({ metrics, logger }: Telemetry, outcome: RefreshOutcome, breaker: BreakerState): void {
  metrics.addMetric('price_list_breaker', MetricUnit.NoUnit, BREAKER_LEVEL[breaker])
  const failed = outcome.outcome === 'failed' || outcome.outcome === 'refused'
  metrics.addMetric('price_refresh_failed', MetricUnit.Count, failed ? 1 : 0)
  const ageMs = 'bookAgeMs' in outcome ? outcome.bookAgeMs : 0
  if (ageMs !== undefined) metrics.addMetric('price_book_age_seconds', MetricUnit.Seconds, ageMs / 1000)
  switch (outcome.outcome) {
    case 'skipped':
      return
    case 'failed':
      logger.error('the prices could not be fetched', { error: outcome.error, breaker })
      return
    case 'refused':
      logger.error('the price generation was refused', { faults: outcome.faults.slice(0, NAMED_MAX) })
      return
    default:
      metrics.addMetric('prices_accepted', MetricUnit.Count, outcome.accepted)
      metrics.addMetric('prices_kept', MetricUnit.Count, outcome.kept.length)
      logger.info(`the price book was ${outcome.outcome}`, {
        generation: outcome.generation,
        accepted: outcome.accepted,
      })
      for (const kept of outcome.kept.slice(0, NAMED_MAX)) logger.warn('a price was not accepted', { ...kept })
  }
}
