/**
 * The handler that Lambda calls where the layer's wrapper is `AWS_LAMBDA_EXEC_WRAPPER`: the function's own, with a span around it, and
 * with `TOLLGATE_GATE=on` behind its flag. Whatever goes wrong in this, the function runs.
 */
import { refusalOfEvent } from '../http-event.ts'
import { edge } from '../process-edge.ts'
import { type Handler, loadHandler } from './load-handler.ts'
import { startTracing, type Tracing } from './start-tracing.ts'
import { isStreaming, tracedHandler, withMarksOf } from './traced-handler.ts'

const { LAMBDA_TASK_ROOT = '/var/task', TOLLGATE_HANDLER = '', TOLLGATE_GATE } = process.env

const tracing = startOpenly()
const own = await loadHandler(LAMBDA_TASK_ROOT, TOLLGATE_HANDLER)
const gated = TOLLGATE_GATE === 'on' && !isStreaming(own) ? gatedHandler(own) : own
export const handler: Handler = tracing === undefined ? gated : tracedHandler(gated, tracing)

function startOpenly(): Tracing | undefined {
  try {
    return startTracing()
  } catch (error) {
    process.stderr.write(`tollgate edge: no spans: ${error}\n`)
    return undefined
  }
}

/** Answers 429 to HTTP events that the service's flag refuses. The span of the invocation is active, so its trace decides. */
function gatedHandler(handler: Handler): Handler {
  const judged = (event: unknown, ...more: [unknown]): unknown =>
    refusalOfEvent(edge(), event) ?? handler(event, ...more)
  return handler.length > 2 ? handler : withMarksOf(handler, judged)
}
