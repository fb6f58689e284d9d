import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { Tracer } from '@aws-lambda-powertools/tracer'
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'

/** The telemetry of one function; its name and namespace come from the Powertools environment variables of the stack. */
export interface Telemetry {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracer: Tracer
}

export const connectTelemetry = (): Telemetry => ({
  logger: new Logger(),
  metrics: new Metrics(),
  tracer: new Tracer(),
})

/** Wraps a function with Powertools' logger, tracer and metrics. Events are never logged: they may hold what is private. */
export function instrumented<Result>(
  telemetry: Telemetry,
  handle: (event: unknown, context: Context) => Promise<Result>,
) {
  return middy()
    .use(injectLambdaContext(telemetry.logger, { logEvent: false, resetKeys: true }))
    .use(captureLambdaHandler(telemetry.tracer, { captureResponse: false }))
    .use(publishing(telemetry.metrics))
    .handler(handle)
}

/** Powertools' own middleware warns in the log after each call that has no metrics, so after each question of a gate. */
function publishing(metrics: Metrics) {
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
  return { after: publish, onError: publish }
}
