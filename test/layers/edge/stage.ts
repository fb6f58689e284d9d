import { createServer, type RequestListener } from 'node:http'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import { writeFlagsDocument } from '../../../layers/core/flags/flags-document.ts'
import { writeEdgeBook } from '../../../layers/core/prices/edge-book.ts'
import { ownRates } from '../../../layers/core/prices/own-rates.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import { snapshotPrices } from '../../../layers/core/prices/snapshot/snapshot-prices.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

export const NOW = 1_795_421_220_000 as EpochMs
export const VALID_UNTIL = (NOW + 900_000) as EpochMs
export const RULES = configurationSchema.parse({ rates: [{ service: 'checkout', usdPerMs: '0.0000021' }] })
export const BOOK = createPriceBook(
  [...snapshotPrices(['us-east-1'], { fetchedAt: NOW, validUntil: VALID_UNTIL }), ...ownRates(RULES.rates)],
  'g1',
)

export const flagOf = (service: string, admit: number, exempt: readonly string[] = []): Flag => ({
  service,
  admit,
  reason: 'burns 12 times its pace',
  until: (NOW + 3_600_000) as EpochMs,
  since: NOW,
  version: 1,
  exempt,
})

/** Tollgate's two documents on loopback, as a gate or the HTTP API serves them. Everything can be changed while it serves. */
export async function serveDocuments(flags: readonly Flag[] = []) {
  const served = {
    flags,
    /** The server's own clock, epoch ms. */
    now: NOW as number,
    /** Answers in the place of the documents. */
    instead: undefined as RequestListener | undefined,
    asked: [] as string[],
  }
  const server = createServer((request, response) => {
    served.asked.push(request.url ?? '')
    if (served.instead !== undefined) return served.instead(request, response)
    response.setHeader('date', new Date(served.now).toUTCString())
    if (request.url === '/v1/flags') response.end(writeFlagsDocument(served.flags, served.now as EpochMs))
    else response.end(writeEdgeBook({ book: BOOK, ...RULES }))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return Object.assign(served, { url: `http://127.0.0.1:${address.port}`, close })
}
