import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { documentFetcher } from '../../../../layers/edge/source/fetch-document.ts'
import { selfSigned } from './self-signed.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function serve(answer: RequestListener): Promise<URL> {
  const server = createHttpServer(answer)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${await portOf(server)}/v1/flags`)
}

const TIMEOUT_MS = 100
const fetchFrom = (url: URL, etag?: string) => documentFetcher(url, TIMEOUT_MS, undefined)(etag)

describe('the GET of a document', () => {
  it('answers with the text, its tag and the time of the server', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { etag: '"e1"', date: 'Tue, 24 Nov 2026 09:00:00 GMT' }).end('{"flags":[]}')
    })
    const servedAt = Date.UTC(2026, 10, 24, 9)
    expect(await fetchFrom(url)).toEqual({ kind: 'document', text: '{"flags":[]}', etag: '"e1"', servedAt })
  })

  it('says that the document is the one held, as the server says it to its tag', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"e1"' ? 304 : 200).end()
    })
    expect(await fetchFrom(url, '"e1"')).toMatchObject({ kind: 'unchanged' })
  })

  it('takes no garbage for a time', async () => {
    const url = await serve((_, response) => {
      response.sendDate = false
      response.writeHead(200, { date: 'yesterday' }).end('{}')
    })
    expect(await fetchFrom(url)).toMatchObject({ servedAt: undefined })
  })

  it.each([
    ['status-503', 503, {}],
    ['status-403', 403, {}],
    ['status-302', 302, { location: 'http://127.0.0.1:1/' }],
    ['status-304', 304, {}],
  ])('fails with %s where that is the answer, and follows nothing', async (why, status, headers) => {
    const url = await serve((_, response) => void response.writeHead(status, headers).end())
    await expect(fetchFrom(url)).rejects.toThrow(why)
  })

  it('fails with unreachable where nothing listens, and where the answer breaks off', async () => {
    await expect(fetchFrom(new URL('http://127.0.0.1:1/v1/flags'))).rejects.toThrow('unreachable')
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{')
      setImmediate(() => response.destroy())
    })
    await expect(fetchFrom(url)).rejects.toThrow('unreachable')
  })

  it('fails with unreachable where something answers that is no HTTP', async () => {
    const server = createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    closing.push(() => server.close())
    const url = new URL(`http://127.0.0.1:${await portOf(server)}/v1/flags`)
    await expect(fetchFrom(url)).rejects.toThrow('unreachable')
  })

  it('is given up in time where the server says nothing, and where it never ends', async () => {
    const started = performance.now()
    await expect(fetchFrom(await serve(() => {}))).rejects.toThrow('timeout')
    const drip = await serve((_, response) => {
      const dripping = setInterval(() => response.write(' '), 10)
      response.once('close', () => clearInterval(dripping))
    })
    await expect(fetchFrom(drip)).rejects.toThrow('timeout')
    expect(performance.now() - started).toBeLessThan(10 * TIMEOUT_MS)
  })

  it('fails with too-large before it has read what is larger than any document', async () => {
    const url = await serve((_, response) => {
      const chunk = Buffer.alloc(2 ** 20, ' ')
      const pour = (): void => {
        while (response.write(chunk)) if (response.destroyed) return
        response.once('drain', pour)
      }
      pour()
    })
    await expect(documentFetcher(url, 10_000, undefined)(undefined)).rejects.toThrow('too-large')
  })

  it('fails with certificate where that is expired, or of nobody known', async () => {
    const server = createHttpsServer(selfSigned(), (_, response) => void response.end('{}'))
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = new URL(`https://127.0.0.1:${await portOf(server)}/v1/flags`)
    await expect(documentFetcher(url, 5_000, undefined)(undefined)).rejects.toThrow('certificate')
  })

  it('fails with no-credentials where it is to sign and cannot', async () => {
    const url = new URL('http://127.0.0.1:1/v1/flags')
    await expect(documentFetcher(url, TIMEOUT_MS, () => undefined)(undefined)).rejects.toThrow('no-credentials')
  })
})
