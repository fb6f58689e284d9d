import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server on the loopback interface. */
export interface LoopbackServer {
  /** `http://127.0.0.1:4318` */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** The port that was asked for cannot be had. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  readonly port: number

  /** `how`: what chooses another port, where that is known (`with --port`). */
  constructor(port: number, cause: unknown, how = '') {
    super(`port ${port} on 127.0.0.1 is taken: stop what listens there, or choose another one ${how}`.trimEnd(), {
      cause,
    })
    this.port = port
  }
}

/** A request's body is larger than its reader allows. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  constructor(maxBytes: number) {
    super(`the body is larger than ${maxBytes} bytes: send less in one request`)
  }
}

const HOST = '127.0.0.1'

/** Answers one request; a rejection becomes an empty 500. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

async function answerOr500(answer: Answerer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answer(request, response)
  } catch {
    // A client that hung up, or a fault of the stand-in: neither may end the process.
    if (!response.headersSent) response.writeHead(500)
    response.end()
  }
}

/**
 * Serves `answer` on the loopback interface alone. Port 0 takes any free one.
 * @throws PortTaken
 */
export function listenOnLoopback(answer: Answerer, port = 0): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    void answerOr500(answer, request, response)
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new PortTaken(port, error) : error),
    )
    server.listen(port, HOST, () => {
      const bound = (server.address() as AddressInfo).port
      resolve({
        url: `http://${HOST}:${bound}`,
        port: bound,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}

/**
 * Reads a request's body.
 * @throws BodyTooLarge as soon as more than `maxBytes` have arrived; the rest is read and dropped, so that the client
 * gets to see its answer.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) {
      request.resume()
      throw new BodyTooLarge(maxBytes)
    }
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** Sends one whole answer. */
export function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
