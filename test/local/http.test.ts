import { describe, expect, it } from 'vitest'
import { BodyTooLarge, listenOnLoopback, PortTaken, readBody, send } from '../../local/http.ts'

describe('a loopback server', () => {
  it('says which port is taken', async () => {
    const first = await listenOnLoopback((_, response) => send(response, 200, {}, 'first'))
    const second = listenOnLoopback((_, response) => send(response, 200, {}, 'second'), first.port)
    await expect(second).rejects.toThrow(new PortTaken(first.port, undefined).message)
    await first.close()
  })

  it('outlives an answer that fails', async () => {
    let requests = 0
    const server = await listenOnLoopback(async (_, response) => {
      requests += 1
      if (requests === 1) throw new Error('a fault')
      send(response, 200, {}, 'well')
    })
    expect((await fetch(server.url)).status).toBe(500)
    expect(await (await fetch(server.url)).text()).toBe('well')
    await server.close()
  })

  it('lets a client see its answer when its body is too large', async () => {
    const server = await listenOnLoopback(async (request, response) => {
      const error = await readBody(request, 10).catch((caught: unknown) => caught)
      send(response, error instanceof BodyTooLarge ? 413 : 200, {}, '')
    })
    const statusOf = async (bytes: number) =>
      (await fetch(server.url, { method: 'POST', body: new Uint8Array(bytes) })).status
    expect([await statusOf(10), await statusOf(11), await statusOf(5_000_000)]).toEqual([200, 413, 413])
    await server.close()
  })
})
