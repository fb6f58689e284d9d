import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { startGate } from '../../cli/gate/gate.ts'
import { throttleGate } from '../../functions/throttle-gate/throttle-gate.ts'
import type { Flag } from '../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'
import { httpApiEvent } from '../functions/http-api-event.ts'

// What of a request is the gate's own work, by its own measure: `npx node test/bench/gate-work.ts` prints which share of
// requests it answers within each bound of its histogram, in seconds.

const NOW = Date.now() as EpochMs
const SERVICE = 'prod/checkout'
const REQUESTS = 20_000
const AT_ONCE = 4

const flag: Flag = {
  ...{ service: SERVICE, admit: 0.5, reason: 'burns 12× its pace', version: 1 },
  ...{ since: NOW, until: (NOW + 3_600_000) as EpochMs },
}

const answer = throttleGate({ now: () => NOW, readFlags: async () => [flag], observeFailure: () => undefined })
const flags = createServer(async (request, response) => {
  const { statusCode, headers, body } = await answer(httpApiEvent(request.url ?? '', {}, {}))
  response.writeHead(statusCode, headers).end(body)
})
await new Promise<void>((listening) => flags.listen(0, '127.0.0.1', listening))
const gate = await startGate({
  flagsUrl: new URL(`http://127.0.0.1:${(flags.address() as AddressInfo).port}/v1/flags`),
  ...{ host: '127.0.0.1', port: 0, pollMs: 3_600_000, timeoutMs: 2_000, maxAgeMs: 3_600_000, sign: undefined },
  ...{ now: () => NOW, observePoll: () => undefined },
})
await gate.refresh()

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
const ask = (path: string): Promise<string> =>
  new Promise((answered, failed) => {
    get(`http://127.0.0.1:${gate.port}${path}`, { agent }, (response) => answered(text(response))).on('error', failed)
  })
for (let asked = 0; asked < REQUESTS; asked += 100) {
  await Promise.all(
    Array.from({ length: 100 }, (_, i) => ask(`/envoy/${encodeURIComponent(SERVICE)}/cart/${asked + i}`)),
  )
}
const metrics = await ask('/metrics')
const shares = [...metrics.matchAll(/work_seconds_bucket\{le="([\d.]+)"\} (\d+)/g)]
process.stdout.write(
  `${JSON.stringify({
    requests: REQUESTS,
    shareWithinSeconds: Object.fromEntries(shares.map(([, bound, count]) => [bound, Number(count) / REQUESTS])),
  })}\n`,
)
agent.destroy()
await gate.close()
flags.close()
