import { letterSelection, NoSelection } from '../functions/redrive-letters/letter-selection.ts'
import { redriveLetters } from '../functions/redrive-letters/redrive-letters.ts'
import type { DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import type { Clock } from './clock.ts'
import type { HttpFunction } from './http-api.ts'
import type { PartitionedLog } from './log/log.ts'

/** `POST /v1/redrive?reason=...&from=...&to=...&dryRun=1`: puts dead letters into the log again. The deployed API has no such route. */
export function redriveRoute(
  letters: DeadLettersBucket,
  log: Pick<PartitionedLog, 'append'>,
  clock: Clock,
): HttpFunction {
  return async ({ queryStringParameters: query = {} }) => {
    try {
      const ports = { now: clock.now, letters, produce: log.append, progress: () => {} }
      const redriven = await redriveLetters(ports, letterSelection(query), query.dryRun !== undefined)
      return { statusCode: 200, body: JSON.stringify(redriven) }
    } catch (error) {
      if (!(error instanceof NoSelection)) throw error
      return { statusCode: 400, body: JSON.stringify({ message: error.message }) }
    }
  }
}
