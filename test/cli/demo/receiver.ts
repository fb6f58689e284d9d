import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An OTLP/HTTP receiver on loopback that keeps what it is sent. */
export interface Receiver {
  readonly endpoint: string
  /** Bodies in order of arrival. */
  readonly bodies: Buffer[]
  /** One hash over all bodies and their order. */
  digest(): string
  close(): Promise<void>
}

export async function startReceiver(status = 200): Promise<Receiver> {
  const bodies: Buffer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks))
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/v1/traces`,
    bodies,
    digest: () => {
      const hash = createHash('sha256')
      for (const body of bodies) hash.update(`${body.length}\n`).update(body)
      return hash.digest('hex')
    },
    close: () =>
      new Promise((closed, failed) => {
        server.closeAllConnections()
        server.close((error) => (error === undefined ? closed() : failed(error)))
      }),
  }
}
