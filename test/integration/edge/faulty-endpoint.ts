import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { NOW, serveDocuments } from '../../layers/edge/stage.ts'
import { expired } from './expired-certificate.ts'

/** An address where Tollgate's documents should be, and are not as they should be. */
interface FaultyEndpoint {
  readonly url: string
  close(): void
}

/** A way in which an endpoint fails, and what the spans of a service say of it. */
export interface Fault {
  readonly name: string
  readonly says: string
  start(): Promise<FaultyEndpoint>
}

const HOUR_MS = 3_600_000

export const FAULTS: readonly Fault[] = [
  { name: 'is down', says: 'no-book:unreachable', start: async () => ({ url: 'http://127.0.0.1:1', close() {} }) },
  { name: 'hangs up', says: 'no-book:unreachable', start: answering((_, { socket }) => void socket?.destroy()) },
  { name: 'never answers', says: 'no-book:timeout', start: answering(() => {}) },
  { name: 'answers a byte a second', says: 'no-book:timeout', start: answering(dribble) },
  { name: 'fails', says: 'no-book:status-500', start: answering((_, response) => void response.writeHead(500).end()) },
  { name: 'redirects', says: 'no-book:status-302', start: answering(redirect) },
  { name: 'sends garbage', says: 'no-book:unreadable', start: answering((_, response) => void response.end('{"a":')) },
  { name: 'lies', says: 'no-book:unreadable', start: answering((_, response) => void response.end('{"prices":[]}')) },
  { name: 'sends without end', says: 'no-book:too-large', start: answering(pour) },
  { name: 'has an expired certificate', says: 'no-book:certificate', start: withExpiredCertificate },
  { name: 'gives prices that are an hour old', says: 'stale:not-renewed', start: withOldPrices },
]

function dribble(_: unknown, response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 1_000)
  response.on('close', () => clearInterval(timer))
}

function redirect(_: unknown, response: ServerResponse): void {
  response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
}

/** As fast as it is read. */
function pour(_: unknown, response: ServerResponse): void {
  const block = Buffer.alloc(65_536, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(block));
  }
  response.on('drain', more)
  more()
}

function answering(answer: RequestListener): () => Promise<FaultyEndpoint> {
  return async () => {
    const server = createServer(answer)
    return { url: `http://127.0.0.1:${await listen(server)}`, close: () => end(server) }
  }
}

async function withExpiredCertificate(): Promise<FaultyEndpoint> {
  const server = createHttpsServer(expired(), (_, response) => response.end('{}'))
  return { url: `https://127.0.0.1:${await listen(server)}`, close: () => end(server) }
}

async function withOldPrices(): Promise<FaultyEndpoint> {
  const documents = await serveDocuments()
  documents.now = NOW + HOUR_MS
  return documents
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function end(server: ReturnType<typeof createServer> | ReturnType<typeof createHttpsServer>): void {
  server.closeAllConnections()
  server.close()
}
