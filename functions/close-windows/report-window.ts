import { MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Telemetry } from '../../layers/adapters/instrumented.ts'
import type { ClosedWindow } from './close-due-windows.ts'

/** Makes metrics and a log line of a closed window: whoever closes it, the traffic or the tick, says the same of it. */
export function reportWindow(telemetry: Telemetry, { window, complete, states, unjudged, read }: ClosedWindow): void {
  const { metrics, logger } = telemetry
  metrics.addMetric('windows_closed', MetricUnit.Count, 1)
  if (!complete) metrics.addMetric('windows_closed_incomplete', MetricUnit.Count, 1)
  metrics.addMetric('ledger_hours_read', MetricUnit.Count, read.hours)
  metrics.addMetric('ledger_rows_read', MetricUnit.Count, read.rows)
  const throttled = states.filter(({ after }) => after.phase === 'throttled' || after.phase === 'releasing')
  metrics.addMetric('services_throttled', MetricUnit.Count, throttled.length)
  for (const { service, error } of unjudged) logger.error('a service was not judged', { service, window, error })
  metrics.addMetric('services_unjudged', MetricUnit.Count, unjudged.length)
  logger.info('window closed', { window, complete, judged: states.length, throttled: throttled.length, read })
}

/** Tells of a budget state that whoever closes windows cannot read: its service is not judged. */
export const reportUnreadable =
  ({ metrics, logger }: Telemetry) =>
  (service: string, error: unknown): void => {
    metrics.addMetric('unreadable_states', MetricUnit.Count, 1)
    logger.error('a budget state cannot be read, and its service is not judged', { service, error })
  }
