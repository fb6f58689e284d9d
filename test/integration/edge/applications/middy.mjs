import middy from '@middy/core'
import { SpanKind, trace } from '@opentelemetry/api'
import { tollgate } from '@tollgate/edge/middy'
import { readOrder } from './orders.mjs'

const served = middy()
  .use(tollgate())
  .handler(async ({ rawPath }) => ({ statusCode: 200, body: JSON.stringify(await readOrder(rawPath.split('/')[2])) }))

/** The span of the invocation, exported before the answer: what the Lambda instrumentation of those layers does around a handler. */
export const handler = (event, context) =>
  trace.getTracer('instrumentation').startActiveSpan(context.functionName, { kind: SpanKind.SERVER }, async (span) => {
    try {
      return await served(event, context)
    } finally {
      span.end()
      await trace.getTracerProvider().getDelegate().forceFlush()
    }
  })
