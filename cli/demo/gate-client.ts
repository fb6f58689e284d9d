import { Agent, request } from 'node:http'

/** Asks a running gate over HTTP, as a proxy beside a service does. */
export interface GateClient {
  /** May `service` serve the trace? */
  admits(service: string, traceId: string): Promise<boolean>
  close(): void
}

/** Connects to a gate at `url`; connections are kept. */
export function connectGate(url: string): GateClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    admits: async (service, traceId) => {
      const status = await statusOf(agent, new URL(`/decide/${encodeURIComponent(service)}`, url), traceId)
      return status !== 429
    },
    close: () => agent.destroy(),
  }
}

function statusOf(agent: Agent, url: URL, traceId: string): Promise<number | undefined> {
  const headers = { traceparent: `00-${traceId}-0000000000000001-01` }
  return new Promise((resolve, reject) => {
    request(url, { agent, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode))
    })
      .once('error', reject)
      .end()
  })
}
