import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { CannotListen, type Gate, startGate } from '../../../cli/gate/gate.ts'
import { throttleGate } from '../../../functions/throttle-gate/throttle-gate.ts'
import { admits } from '../../../layers/core/flags/admission.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { httpApiEvent } from '../../functions/http-api-event.ts'

const NOW = 1_795_421_220_000 as EpochMs
const SERVICE = 'prod/shop/checkout'
const AT = `/${encodeURIComponent(SERVICE)}`

function flagOf(service: string, admit: number): Flag {
  return { service, admit, reason: 'burns 12× its pace', until: (NOW + 3_600_000) as EpochMs, since: NOW, version: 1 }
}

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function serve(answer: Answer): Promise<{ url: URL; close: () => Promise<void> }> {
  const server: Server = createServer(answer)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  opened.push(close)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: new URL(`http://127.0.0.1:${address.port}/v1/flags`), close }
}

/** throttle-gate itself behind a loopback server; `flags` can be changed, `statuses` holds what it answered. */
async function serveFlags(...first: Flag[]) {
  const served = { flags: first as readonly Flag[], statuses: [] as number[] }
  const handle = throttleGate({ now: () => NOW, readFlags: async () => served.flags, observeFailure: () => undefined })
  const server = await serve(async (incoming, response) => {
    const event = httpApiEvent(incoming.url ?? '', {}, incoming.headers as Record<string, string>)
    const { statusCode, headers, body } = await handle(event)
    served.statuses.push(statusCode)
    response.writeHead(statusCode, headers).end(body)
  })
  return Object.assign(served, server)
}

interface Over {
  maxAgeMs?: number
  timeoutMs?: number
  now?: () => EpochMs
}

async function gateOn(flagsUrl: URL, over: Over = {}): Promise<Gate & { failures: unknown[] }> {
  const failures: unknown[] = []
  const gate = await startGate({
    flagsUrl,
    host: '127.0.0.1',
    port: 0,
    pollMs: 3_600_000,
    timeoutMs: over.timeoutMs ?? 2_000,
    maxAgeMs: over.maxAgeMs ?? 60_000,
    sign: undefined,
    now: over.now ?? (() => NOW),
    observePoll: (_, error) => error !== undefined && failures.push(error),
  })
  opened.push(gate.close)
  await gate.refresh()
  return { ...gate, failures }
}

interface Reply {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

function ask(gate: Gate, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(`${gate.url}${path}`, { method, headers, agent: false }, async (answer) =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) }),
    )
    sent.once('error', reject).end()
  })
}

const metrics = async (gate: Gate): Promise<string> => (await ask(gate, '/metrics')).body

describe('the gate', () => {
  it('admits a service without a flag and refuses one that is shut, in the words of each proxy', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
    for (const dialect of ['envoy', 'nginx', 'decide']) {
      expect((await ask(gate, `/${dialect}/prod%2Forders/cart`)).status).toBe(200)
    }
    expect((await ask(gate, `/envoy${AT}/cart/1?x=y`)).status).toBe(429)
    expect((await ask(gate, `/nginx${AT}`)).status).toBe(403)
    expect((await ask(gate, `/decide${AT}`)).status).toBe(429)
  })

  it('never refuses what the flag exempts, as each proxy says what was asked for', async () => {
    const gate = await gateOn((await serveFlags({ ...flagOf(SERVICE, 0), exempt: ['POST /payments/*'] })).url)
    const original = { 'x-original-method': 'POST', 'x-original-uri': '/payments/7?x=y' }
    expect((await ask(gate, `/envoy${AT}/payments/7?x=y`, {}, 'POST')).status).toBe(200)
    expect((await ask(gate, `/nginx${AT}`, original)).status).toBe(200)
    expect(JSON.parse((await ask(gate, `/decide${AT}`, original)).body)).toEqual({ admitted: true, why: 'exempt' })
    expect((await ask(gate, `/envoy${AT}/payments/7`)).status).toBe(429)
    expect((await ask(gate, `/envoy${AT}/payments/../search`, {}, 'POST')).status).toBe(429)
    // Envoy passes a stranger's headers on, and so they count for nothing there.
    expect((await ask(gate, `/envoy${AT}/search`, original)).status).toBe(429)
    expect(await metrics(gate)).toContain('tollgate_gate_admitted_total{why="exempt"} 3')
  })

  it('says when to come back, and why it refused', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
    const { headers, body } = await ask(gate, `/envoy${AT}/cart`)
    const seconds = Number(headers['retry-after'])
    expect(seconds).toBeGreaterThanOrEqual(60)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      ratelimit: `"tollgate";r=0;t=${seconds}`,
      'ratelimit-policy': '"tollgate";q=0;w=60;admit=0',
      'x-tollgate-reason': 'burns 12? its pace',
    })
    expect(JSON.parse(body)).toMatchObject({
      status: 429,
      detail: 'burns 12× its pace',
      service: SERVICE,
      admitted: false,
      retryAfterSeconds: seconds,
    })
  })

  it('admits by the trace id, as the admission function does, whatever the method and service', async () => {
    const flags = [flagOf(SERVICE, 0.5), flagOf('prod/shop/orders', 0.5)]
    const gate = await gateOn((await serveFlags(...flags)).url)
    const answers = new Set<number>()
    for (let at = 0; at < 40; at++) {
      const traceId = (at + 1).toString(16).padStart(32, 'a')
      const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
      const expected = admits(flags[0], traceId, NOW).admitted ? 200 : 429
      answers.add(expected)
      expect((await ask(gate, `/envoy${AT}/`, { traceparent }, 'POST')).status).toBe(expected)
      expect((await ask(gate, '/envoy/prod%2Fshop%2Forders/', { traceparent }, 'DELETE')).status).toBe(expected)
    }
    expect(answers).toEqual(new Set([200, 429]))
  })

  it('gives requests without a trace about the fraction that the flag admits', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0.5))).url)
    let admitted = 0
    for (let at = 0; at < 200; at++) if ((await ask(gate, `/decide${AT}`)).status === 200) admitted += 1
    // 200 throws of a coin: 50 and 150 are seven standard deviations off.
    expect(admitted).toBeGreaterThan(50)
    expect(admitted).toBeLessThan(150)
  })

  it('takes the service from the header only where the path names none', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
    const header = { 'x-tollgate-service': SERVICE }
    expect((await ask(gate, '/nginx', header)).status).toBe(403)
    expect((await ask(gate, '/envoy/-/cart', header)).status).toBe(429)
    expect((await ask(gate, '/decide/prod%2Forders', header)).status).toBe(200)
    expect((await ask(gate, `/decide${AT}`, { 'x-tollgate-service': 'prod/orders' })).status).toBe(429)
    expect((await ask(gate, `/decide/${SERVICE}`)).status).toBe(429)
  })

  it('polls with the ETag, and takes up what has changed', async () => {
    const served = await serveFlags(flagOf(SERVICE, 0))
    const gate = await gateOn(served.url)
    await gate.refresh()
    expect(served.statuses).toEqual([200, 304])
    expect((await ask(gate, `/decide${AT}`)).status).toBe(429)
    served.flags = []
    await gate.refresh()
    expect((await ask(gate, `/decide${AT}`)).status).toBe(200)
    expect(await metrics(gate)).toContain('tollgate_gate_polls_total{outcome="unchanged"} 1')
  })
})

describe('a gate that cannot judge', () => {
  const openFor = async (gate: Gate, cause: string) => {
    expect((await ask(gate, `/envoy${AT}/cart`)).status).toBe(200)
    expect(await metrics(gate)).toContain(`tollgate_gate_fail_open_total{cause="${cause}"} 1`)
  }

  it('admits when nothing answers at the address of the flags', async () => {
    const { url, close } = await serve(() => undefined)
    await close()
    const gate = await gateOn(url)
    expect(gate.failures).toHaveLength(1)
    await openFor(gate, 'no-flags')
  })

  it('admits when the flags do not come in time', async () => {
    const { url } = await serve(() => undefined)
    const gate = await gateOn(url, { timeoutMs: 20 })
    expect(String(gate.failures[0])).toContain('timeout')
    await openFor(gate, 'no-flags')
  })

  it.each([
    ['text', 200, 'welcome to the captive portal'],
    ['other JSON', 200, '{"flags":"none"}'],
    ['an error', 500, '{"flags":[]}'],
    ['a redirect', 302, ''],
    ['"not modified" to a question without an ETag', 304, ''],
    ['more than 8 MiB', 200, ' '.repeat(8 * 2 ** 20 + 1)],
  ])('admits when %s comes instead of flags', async (_, status, body) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body)
    })
    const gate = await gateOn(url)
    expect(gate.failures).toHaveLength(1)
    await openFor(gate, 'no-flags')
  })

  it('goes on with what it holds when a poll fails, and admits once that is old', async () => {
    const served = await serveFlags(flagOf(SERVICE, 0))
    const holding = await gateOn(served.url)
    const ageing = await gateOn(served.url, { maxAgeMs: 0 })
    await served.close()
    await Promise.all([holding.refresh(), ageing.refresh()])
    expect((await ask(holding, `/decide${AT}`)).status).toBe(429)
    await openFor(ageing, 'old-flags')
    expect(JSON.parse((await ask(ageing, '/healthz')).body)).toEqual({ status: 'ok', flags: 'old' })
  })

  it('admits once a flag has expired', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url, { now: () => (NOW + 3_600_000) as EpochMs })
    await openFor(gate, 'expired-flag')
  })

  it('leaves out a flag that it cannot read, and holds the others', async () => {
    const flags = [{ service: 'prod/odd', admit: 'none' }, flagOf(SERVICE, 0), null, { ...flagOf('prod/b', 2) }]
    const { url } = await serve((_, response) => response.end(JSON.stringify({ flags })))
    const gate = await gateOn(url)
    expect((await ask(gate, `/decide${AT}`)).status).toBe(429)
    expect(await metrics(gate)).toMatch(/tollgate_gate_flags 1\n[\s\S]*tollgate_gate_flags_unreadable 3/)
  })

  it.each(['/', '/envoi/x', '/decide', '/decide/%zz', `/decide/${'x'.repeat(500)}`])(
    'admits a request that names no service: %s',
    async (path) => {
      const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
      const { status, body } = await ask(gate, path)
      expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 200, admitted: true, why: 'no-service' })
    },
  )

  it('admits what node cannot parse, since the proxy could', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
    const socket = connect(gate.port, '127.0.0.1')
    socket.end('GET /envoy/a b c HTTP/1.1\r\nbroken header\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await metrics(gate)).toContain('tollgate_gate_fail_open_total{cause="error"} 1')
  })

  it('judges requests with headers as large as proxies allow, and with an expectation', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0))).url)
    expect((await ask(gate, `/envoy${AT}/`, { cookie: 'x'.repeat(60_000) })).status).toBe(429)
    expect((await ask(gate, `/envoy${AT}/`, { expect: 'the-best' })).status).toBe(429)
  })
})

describe('the gate by itself', () => {
  it('counts its decisions and how long they took', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0), flagOf('say "hi"', 0))).url)
    await ask(gate, `/envoy${AT}/`)
    await ask(gate, `/nginx${AT}`)
    await ask(gate, '/decide/say%20%22hi%22')
    await ask(gate, '/decide/other')
    const lines = (await metrics(gate)).split('\n')
    expect(lines).toContain(`tollgate_gate_refused_total{service="${SERVICE}"} 2`)
    expect(lines).toContain('tollgate_gate_refused_total{service="say \\"hi\\""} 1')
    expect(lines).toContain('tollgate_gate_admitted_total{why="no-flag"} 1')
    expect(lines).toContain('tollgate_gate_work_seconds_bucket{le="+Inf"} 4')
    expect(lines).toContain('tollgate_gate_work_seconds_count 4')
  })

  it('measures its own work on every request that it judges', async () => {
    const gate = await gateOn((await serveFlags(flagOf(SERVICE, 0.5))).url)
    await Promise.all(Array.from({ length: 20 }, (_, at) => ask(gate, `/envoy${AT}/cart/${at}`)))
    const text = await metrics(gate)
    expect(text).toContain('tollgate_gate_work_seconds_count 20\n')
    expect(text).toContain('tollgate_gate_work_seconds_bucket{le="+Inf"} 20\n')
  })

  it('says that it is well, and whether it can judge', async () => {
    const gate = await gateOn((await serveFlags()).url)
    expect(JSON.parse((await ask(gate, '/healthz')).body)).toEqual({ status: 'ok', flags: 'fresh' })
  })

  it('says what to do when its port is taken', async () => {
    const { url } = await serveFlags()
    const settings = { host: '127.0.0.1', pollMs: 1e6, timeoutMs: 100, maxAgeMs: 1, sign: undefined, now: () => NOW }
    await expect(
      startGate({ ...settings, flagsUrl: url, port: Number(url.port), observePoll: () => undefined }),
    ).rejects.toThrow(CannotListen)
  })
})
