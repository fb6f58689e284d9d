import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { throttleGate } from '../../../functions/throttle-gate/throttle-gate.ts'
import { admits } from '../../../layers/core/flags/admission.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { httpApiEvent } from '../../functions/http-api-event.ts'

const ROOT = join(import.meta.dirname, '../../..')
const SERVICE = 'prod/shop/checkout'
/** What the issue asks for: ten seconds from a flag to the answers. */
const FLIP_MS = 10_000
const hasNginx = spawnSync('nginx', ['-v']).status === 0

const now = () => Date.now() as EpochMs

async function serve(answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

async function freePort(): Promise<number> {
  const { server, port } = await serve(() => undefined)
  server.close()
  await once(server, 'close')
  return port
}

/** The shipped configuration with this test's ports, and with its files in a folder of the test. */
function configuration(folder: string, ports: { front: number; service: number; gate: number }): string {
  const shipped = readFileSync(join(ROOT, 'deploy/nginx.conf'), 'utf8')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`)
  const changed = shipped
    .replace('listen 8080;', `listen 127.0.0.1:${ports.front};`)
    .replace('server 127.0.0.1:8000', `server 127.0.0.1:${ports.service}`)
    .replace('server 127.0.0.1:9191', `server 127.0.0.1:${ports.gate}`)
    .replace('http {', `http {\n  access_log off;\n  ${temporary.join('\n  ')}`)
  return `pid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\ndaemon off;\n${changed}`
}

describe.skipIf(!hasNginx)(
  'nginx with deploy/nginx.conf (skipped where there is no nginx: apt-get install nginx-light)',
  () => {
    const flags = { held: [] as Flag[] }
    const servers: Server[] = []
    const children: ChildProcess[] = []
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-nginx-'))
    let front = ''
    let gate: ChildProcess
    let served = 0
    let serviceStatus = 200

    beforeAll(async () => {
      const handle = throttleGate({ now, readFlags: async () => flags.held, observeFailure: () => undefined })
      const document = await serve(async (request, response) => {
        const event = httpApiEvent('/v1/flags', {}, request.headers as Record<string, string>)
        const { statusCode, headers, body } = await handle(event)
        response.writeHead(statusCode, headers).end(body)
      })
      const service = await serve((_, response) => {
        served += 1
        response.writeHead(serviceStatus).end('paid')
      })
      servers.push(document.server, service.server)
      const ports = { front: await freePort(), service: service.port, gate: await freePort() }
      const address = `http://127.0.0.1:${document.port}/v1/flags`
      gate = spawn(
        process.execPath,
        ['cli/tollgate.ts', 'gate', '--flags', address, '--poll', '1', '--port', `${ports.gate}`],
        {
          cwd: ROOT,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      )
      children.push(gate)
      await lineWith(gate, 'listening')
      const file = join(folder, 'nginx.conf')
      writeFileSync(file, configuration(folder, ports))
      children.push(spawn('nginx', ['-p', folder, '-c', file], { stdio: 'inherit' }))
      front = `http://127.0.0.1:${ports.front}/cart/1?x=y`
      await until(async () => (await get()).status === 200)
    })

    afterAll(async () => {
      for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
        child.kill()
        await once(child, 'exit')
      }
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      rmSync(folder, { recursive: true })
    })

    const get = async (traceId?: string) => {
      const headers = traceId === undefined ? {} : { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
      const response = await fetch(front, { headers })
      return { status: response.status, headers: response.headers, body: await response.text() }
    }

    /** Asks over and over, ten times a second, until it is so. */
    async function until(holds: () => Promise<boolean>): Promise<void> {
      const deadline = Date.now() + FLIP_MS
      for (;;) {
        if (await holds().catch(() => false)) return
        if (Date.now() > deadline) throw new Error(`not so after ${FLIP_MS} ms`)
        await new Promise((again) => setTimeout(again, 100))
      }
    }

    const throttle = (admit: number) => {
      const reason = 'burns 12 times its pace'
      const version = (flags.held[0]?.version ?? 0) + 1
      flags.held = [{ service: SERVICE, admit, reason, until: (now() + 600_000) as EpochMs, since: now(), version }]
    }

    it('lets everything through while there is no flag', async () => {
      for (let at = 0; at < 20; at++) expect(await get()).toMatchObject({ status: 200, body: 'paid' })
    })

    it('answers 429 with when to come back within ten seconds of a flag, and the service sees nothing of it', async () => {
      throttle(0)
      await until(async () => (await get()).status === 429)
      const before = served
      const { status, headers, body } = await get()
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(60)
      expect(headers.get('ratelimit')).toMatch(/^"tollgate";r=0;t=\d+$/)
      expect(headers.get('x-tollgate-reason')).toBe('burns 12 times its pace')
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(JSON.parse(body)).toMatchObject({ status: 429, title: 'Over budget' })
      expect(served).toBe(before)
    })

    it('refuses exactly the traces that the flag does not admit', async () => {
      throttle(0.25)
      const traces = Array.from({ length: 200 }, (_, at) => (at + 1).toString(16).padStart(32, 'c'))
      const expected = traces.map((id) => (admits(flags.held[0], id, now()).admitted ? 200 : 429))
      const [open] = traces.filter((_, at) => expected[at] === 200)
      await until(async () => (await get(open)).status === 200)
      const answers = await Promise.all(traces.map(async (id) => (await get(id)).status))
      expect(answers).toEqual(expected)
    })

    it('passes on a 403 of the service itself as it is', async () => {
      flags.held = []
      await until(async () => (await get()).status === 200)
      serviceStatus = 403
      expect(await get()).toMatchObject({ status: 403, body: 'paid' })
      serviceStatus = 200
    })

    it('is open again when the gate is killed', async () => {
      throttle(0)
      await until(async () => (await get()).status === 429)
      gate.kill('SIGKILL')
      await once(gate, 'exit')
      for (let at = 0; at < 20; at++) expect(await get()).toMatchObject({ status: 200, body: 'paid' })
    })
  },
)

async function lineWith(child: ChildProcess, text: string): Promise<void> {
  if (child.stdout === null) throw new Error('no output to read')
  for await (const line of createInterface({ input: child.stdout })) if (line.includes(text)) return
  throw new Error(`ended before it said "${text}"`)
}
