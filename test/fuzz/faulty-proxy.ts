import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Dice } from './dice.ts'
import type { FaultTally } from './fault-tally.ts'

/** An answer that the service behind the proxy did not give. */
interface RefusedAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface FaultyProxyOptions {
  /** What stands behind it: `dynamodb`. */
  readonly name: string
  readonly port: number
  readonly dice: Dice
  readonly tally: FaultTally
  readonly throttled: RefusedAnswer
  readonly broken: RefusedAnswer
}

/** A loopback proxy before an engine that throttles, breaks off, delays and forgets. */
export interface FaultyProxy {
  readonly endpoint: string
  /** How many of 10,000 requests suffer a fault. */
  setFaults(inTenThousand: number): void
  /** Throttles every request whose body matches, until it is called with undefined. */
  throttleMatching(pattern: RegExp | undefined): void
  /** How many requests were throttled since the pattern was set. */
  matched(): number
  requests(): number
  close(): Promise<void>
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
}

/** Longer than clients wait for an answer. */
const TOO_LATE_MS = 1_300

export async function startFaultyProxy(options: FaultyProxyOptions): Promise<FaultyProxy> {
  const { name, dice, tally } = options
  const agent = new Agent({ keepAlive: true })
  let faults = 0
  let pattern: RegExp | undefined
  let matched = 0
  let requests = 0

  const forward = ({ request, body }: Exchange): Promise<{ status: number; headers: object; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = request
      const onward = httpRequest(
        { agent, port: options.port, host: '127.0.0.1', method, path, headers },
        async (answer) => {
          try {
            const chunks = await answer.toArray()
            resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) })
          } catch (error) {
            reject(error)
          }
        },
      )
      onward.once('error', reject)
      onward.end(body)
    })

  const passOn = async (exchange: Exchange): Promise<void> => {
    const { status, headers, body } = await forward(exchange)
    exchange.response.writeHead(status, headers as Record<string, string>).end(body)
  }
  const refuse = ({ response }: Exchange, { status, contentType, body }: RefusedAnswer): void => {
    response.writeHead(status, { 'content-type': contentType }).end(body)
  }
  const breakOff = ({ response }: Exchange): void => void response.socket?.destroy()

  const FAULTS: Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>> = {
    throttled: (exchange) => refuse(exchange, options.throttled),
    'failed before the write': (exchange) => refuse(exchange, options.broken),
    'failed after the write': async (exchange) => {
      await forward(exchange)
      refuse(exchange, options.broken)
    },
    'broken off before the write': breakOff,
    'answer lost after the write': async (exchange) => {
      await forward(exchange)
      breakOff(exchange)
    },
    'written after the client gave up': async (exchange) => {
      breakOff(exchange)
      await pause(dice.between(1, 900))
      await forward(exchange)
    },
    'answered too late': async (exchange) => {
      await pause(TOO_LATE_MS)
      await passOn(exchange)
    },
    delayed: async (exchange) => {
      await pause(dice.between(20, 300))
      await passOn(exchange)
    },
  }
  // Those that cost a client more than a second are rarer.
  const slow = ['answered too late', 'written after the client gave up']
  const kinds = Object.keys(FAULTS).flatMap((kind) => (slow.includes(kind) ? [kind] : [kind, kind, kind]))

  async function exchanged(exchange: Exchange): Promise<void> {
    requests += 1
    if (pattern?.test(exchange.body.toString('latin1'))) {
      matched += 1
      tally.count(`${name}: throttled partition`)
      return refuse(exchange, options.throttled)
    }
    if (!dice.happens(faults)) return passOn(exchange)
    const kind = dice.oneOf(kinds)
    tally.count(`${name}: ${kind}`)
    await FAULTS[kind]?.(exchange)
  }

  const server = createServer(async (request, response) => {
    try {
      await exchanged({ request, response, body: Buffer.concat(await request.toArray()) })
    } catch {
      // The engine is down, or the client is gone.
      response.socket?.destroy()
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFaults: (inTenThousand) => {
      faults = inTenThousand
    },
    throttleMatching: (next) => {
      pattern = next
      matched = 0
    },
    matched: () => matched,
    requests: () => requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      agent.destroy()
    },
  }
}
