import type { IncomingMessage } from 'node:http'
import { answerTagged, type TaggedDocument, tagDocument } from '../../layers/adapters/etag-answer.ts'
import type { HttpApiResult } from '../../layers/adapters/http-api.ts'
import type { DecideSettings } from '../../layers/core/flags/decide.ts'
import { writeFlagsDocument } from '../../layers/core/flags/flags-document.ts'
import type { HttpAnswer } from '../../layers/core/flags/refusal.ts'

/** Answers a request for a document; undefined where it is for something else. */
export type AnswerDocument = (target: string, request: IncomingMessage) => Promise<HttpAnswer> | undefined

const UNREACHABLE: HttpAnswer = { status: 503, headers: { 'retry-after': '5' }, body: '' }

/**
 * Makes what answers the services beside the gate, which hold flags and prices themselves (the edge, docs/edge.md): the documents of
 * Tollgate's HTTP API under the same paths. Flags that the gate could not confirm lately are not handed on.
 */
export function documents(deciding: DecideSettings, readBook: () => Promise<TaggedDocument>): AnswerDocument {
  const routes = new Map<string, () => Promise<TaggedDocument>>([
    ['/v1/flags', async () => flagsDocument(deciding)],
    ['/v1/prices/book', readBook],
  ])
  return (target, request) => {
    const read = request.method === 'GET' ? routes.get(target) : undefined
    return read?.().then(
      (document) => asAnswer(answerTagged(document, request.headers['if-none-match'])),
      () => UNREACHABLE,
    )
  }
}

const asAnswer = ({ statusCode, headers, body }: HttpApiResult): HttpAnswer => ({ status: statusCode, headers, body })

function flagsDocument({ held, maxAgeMs, monotonicMs, now }: DecideSettings): TaggedDocument {
  const flags = held()
  if (flags === undefined || monotonicMs() - flags.confirmedAt > maxAgeMs) throw new Error('no flags, or old ones')
  return tagDocument(writeFlagsDocument([...flags.byService.values()], now()))
}
