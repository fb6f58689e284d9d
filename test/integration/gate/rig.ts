import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { throttleGate } from '../../../functions/throttle-gate/throttle-gate.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { httpApiEvent } from '../../functions/http-api-event.ts'
import type { FrontProxy } from './proxies.ts'

/** A service behind a proxy that asks a gate, each a process or a server of its own. */
export interface Rig {
  /** An address of the service, through the proxy. */
  readonly front: string
  /** What throttle-gate serves. */
  flags: readonly Flag[]
  /** What the service answers with, and how many requests it has seen. */
  serviceStatus: number
  served: number
  killGate(): Promise<void>
  /** Stops the gate's process in its tracks, or lets it go on. */
  freezeGate(frozen: boolean): void
  close(): Promise<void>
}

export const now = () => Date.now() as EpochMs

/** Starts everything; the gate polls every second. */
export async function startRig(proxy: FrontProxy): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-gate-'))
  // nginx started by root works as nobody, who needs a way in.
  chmodSync(folder, 0o755)
  const document = await serve(async (request, response) => {
    const event = httpApiEvent('/v1/flags', {}, request.headers as Record<string, string>)
    const { statusCode, headers, body } = await serveFlags(event)
    response.writeHead(statusCode, headers).end(body)
  })
  const service = await serve(async (request, response) => {
    rig.served += 1
    await buffer(request)
    response.writeHead(rig.serviceStatus).end('paid')
  })
  const ports = { front: await freePort(), service: service.port, gate: await freePort() }
  const gate = await startGate(`http://127.0.0.1:${document.port}/v1/flags`, ports.gate)
  const [command, ...args] = proxy.prepare(folder, ports)
  const front = spawn(command, args, { stdio: 'inherit' })
  const rig: Rig = {
    front: `http://127.0.0.1:${ports.front}/cart/1?x=y`,
    flags: [],
    serviceStatus: 200,
    served: 0,
    killGate: () => end(gate, 'SIGKILL'),
    freezeGate: (frozen) => gate.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async close() {
      await end(front, 'SIGTERM')
      await end(gate, 'SIGTERM')
      for (const { server } of [document, service]) {
        server.close()
        server.closeAllConnections()
      }
      rmSync(folder, { recursive: true })
    },
  }
  const serveFlags = throttleGate({ now, readFlags: async () => rig.flags, observeFailure: () => undefined })
  return rig
}

async function startGate(flagsUrl: string, port: number): Promise<ChildProcess> {
  const command = ['cli/tollgate.ts', 'gate', '--flags', flagsUrl, '--poll', '1', '--port', `${port}`]
  const cwd = join(import.meta.dirname, '../../..')
  const gate = spawn(process.execPath, command, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: gate.stdout })) if (line.includes('listening')) return gate
  throw new Error('the gate ended before it listened')
}

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

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
