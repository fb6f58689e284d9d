import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { backoffMs } from '../backoff.ts'
import type { Sleep } from '../clock.ts'

/** A function on a table's stream, as an event-source mapping of Lambda calls it. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse | undefined>

/** How one batch is delivered, and what becomes of a record that cannot be. */
export interface Delivery {
  readonly handler: StreamHandler
  /** How often a single record is tried again before it is given up. */
  readonly maximumRetryAttempts: number
  /** Told of a record that was given up, with the last failure. */
  readonly onDiscard: (record: DynamoDBRecord, cause: unknown) => void
  readonly sleep: Sleep
  /** Aborts when the stream closes: what is not delivered by then stays undelivered. */
  readonly signal: AbortSignal
}

/** Where a batch failed: everything before `from` is done. */
interface Failure {
  readonly from: number
  readonly cause: unknown
}

/** The handler answered with batchItemFailures. */
class ItemsFailed extends Error {
  override readonly name = 'ItemsFailed'
}

/**
 * The first failed record by Lambda's rules: the lowest reported sequence number is the checkpoint, and an
 * identifier that is not in the batch fails all of it (Lambda guide, services-ddb-batchfailurereporting).
 */
function failureOf(batch: readonly DynamoDBRecord[], response: DynamoDBBatchResponse | undefined): Failure | undefined {
  const failed = response?.batchItemFailures ?? []
  if (failed.length === 0) return undefined
  const places = failed.map(({ itemIdentifier }) =>
    batch.findIndex((record) => record.dynamodb?.SequenceNumber === itemIdentifier),
  )
  const cause = new ItemsFailed(`the function reported ${failed.length} of ${batch.length} records as failed`)
  return { from: Math.max(0, Math.min(...places)), cause }
}

async function invoke(batch: readonly DynamoDBRecord[], handler: StreamHandler): Promise<Failure | undefined> {
  try {
    // A copy: what a handler does to its event must not reach the next attempt.
    return failureOf(batch, await handler(structuredClone({ Records: [...batch] })))
  } catch (cause) {
    return { from: 0, cause }
  }
}

/**
 * Delivers a batch in order until each record is done or given up; false when the signal aborted first. After a
 * failure the done part is left behind and the rest is cut in two, which costs no attempt (Lambda's
 * BisectBatchOnFunctionError), so that one bad record ends up alone.
 */
export async function deliver(batch: readonly DynamoDBRecord[], delivery: Delivery): Promise<boolean> {
  const waiting: (readonly DynamoDBRecord[])[] = [batch]
  let attempts = 0
  let failuresInARow = 0
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    if (delivery.signal.aborted) return false
    const failure = await invoke(part, delivery.handler)
    if (failure === undefined) {
      attempts = 0
      failuresInARow = 0
      continue
    }
    const rest = part.slice(failure.from)
    const [only] = rest
    if (rest.length > 1) {
      const half = Math.ceil(rest.length / 2)
      waiting.unshift(rest.slice(0, half), rest.slice(half))
    } else if (only !== undefined && failure.from === 0 && attempts >= delivery.maximumRetryAttempts) {
      delivery.onDiscard(only, failure.cause)
      attempts = 0
      continue
    } else {
      attempts = failure.from === 0 ? attempts + 1 : 0
      waiting.unshift(rest)
    }
    failuresInARow += 1
    await delivery.sleep(backoffMs(failuresInARow), delivery.signal)
  }
  return true
}
