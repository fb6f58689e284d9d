import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { jsonAnswer, problem } from '../layers/adapters/http-api.ts'
import { explainRecord } from '../layers/core/explain/explain-record.ts'
import type { Explained } from '../layers/core/explain/explained.ts'
import { decodeRecord } from '../layers/core/otlp/decode-record.ts'
import type { PriceBook } from '../layers/core/prices/price.ts'
import type { RatingContext } from '../layers/core/rating/rating-context.ts'
import type { Clock } from './clock.ts'
import type { PartitionedLog } from './log/log.ts'

export interface ExplainTracePorts {
  readonly log: Pick<PartitionedLog, 'partitions' | 'endOffset' | 'read'>
  readonly rating: RatingContext
  readonly readBook: () => Promise<PriceBook>
  readonly clock: Clock
}

/** No trace in the log is looked for by fewer digits: everything would answer. */
const SHORTEST_ID = 8
const RECORDS_AT_ONCE = 1_000

/**
 * Makes `GET /v1/explain?trace=ID` of the local system: the spans of a trace that its log still holds (the last 8 MiB of
 * each partition), explained with the running price book. No table keeps spans, so the deployed system has no such route.
 */
export function explainTrace(ports: ExplainTracePorts) {
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const trace = event.queryStringParameters?.trace?.toLowerCase() ?? ''
    if (!/^[0-9a-f]{1,32}$/.test(trace) || trace.length < SHORTEST_ID) {
      return problem(400, 'Unreadable question', `trace: write at least ${SHORTEST_ID} hex digits of a trace id`)
    }
    return jsonAnswer(await spansOf(ports, trace))
  }
}

async function spansOf(
  { log, rating, readBook, clock }: ExplainTracePorts,
  trace: string,
): Promise<readonly Explained[]> {
  const book = await readBook()
  const found: Explained[] = []
  for (let partition = 0; partition < log.partitions; partition += 1) {
    // What is no longer kept is skipped: a read begins with the oldest record there is.
    for (let offset = 0; offset < log.endOffset(partition); ) {
      const records = log.read(partition, offset, RECORDS_AT_ONCE)
      for (const { value, timestampMs } of records) {
        const decoded = decodeRecord(value, timestampMs, rating.maxDeclared)
        const spans = decoded.spans.filter(({ traceId }) => traceId.startsWith(trace))
        const plain = decoded.plain.filter(({ traceId }) => traceId.startsWith(trace))
        found.push(...explainRecord({ ...decoded, spans, plain, dead: [] }, rating, book, clock.now()))
      }
      const last = records.at(-1)
      if (last === undefined) break
      offset = last.offset + 1
    }
  }
  return found
}
