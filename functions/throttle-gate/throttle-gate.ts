import { answerTagged, tagDocument } from '../../layers/adapters/etag-answer.ts'
import { type HttpApiResult, parseHttpApiEvent, problem } from '../../layers/adapters/http-api.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import { writeFlagsDocument } from '../../layers/core/flags/flags-document.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

/** What throttle-gate asks of the world. */
export interface ThrottleGatePorts {
  readonly now: () => EpochMs
  readonly readFlags: () => Promise<readonly Flag[]>
  /** Gets the error that was answered with 503. */
  readonly observeFailure: (error: unknown) => void
}

const PATH = '/v1/flags'

/**
 * Answers `GET /v1/flags` with all flags as one document: 200 with a strong ETag, or 304 where `If-None-Match` has it.
 * Where the flags cannot be read it answers 503: a gate goes on with what it holds, and then admits.
 * @throws NotAnHttpApiEvent
 */
export function throttleGate(ports: ThrottleGatePorts) {
  return async (event: unknown): Promise<HttpApiResult> => {
    const { method, path, headers } = parseHttpApiEvent(event)
    if (path !== PATH) return problem(404, 'Not found', `ask for GET ${PATH}`)
    if (method !== 'GET')
      return problem(405, 'Method not allowed', `ask for GET ${PATH}`, { headers: { allow: 'GET' } })
    try {
      return answerTagged(
        tagDocument(writeFlagsDocument(await ports.readFlags(), ports.now())),
        headers['if-none-match'],
      )
    } catch (error) {
      ports.observeFailure(error)
      return problem(503, 'Flags out of reach', 'ask again in a few seconds', { headers: { 'retry-after': '5' } })
    }
  }
}
