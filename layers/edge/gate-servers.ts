import { type IncomingMessage, Server, type ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { answerRefusal } from './http.ts'
import type { Edge } from './process-edge.ts'

/**
 * Lets every node:http and node:https server of the process honour the flag, whatever framework stands on it: a request that is
 * refused never reaches a listener. Done where an event is emitted, as OpenTelemetry's HTTP instrumentation does it.
 */
export function gateServers(edge: () => Edge): void {
  for (const { prototype } of [Server, HttpsServer]) {
    const emit = prototype.emit as Emit
    const gated: Emit = function (this: Server, event, ...given) {
      return event === 'request' && isRefused(edge, given) ? true : emit.call(this, event, ...given)
    }
    prototype.emit = gated as typeof prototype.emit
  }
}

type Emit = (this: Server, event: string | symbol, ...given: unknown[]) => boolean

function isRefused(edge: () => Edge, given: readonly unknown[]): boolean {
  const [request, response] = given as [IncomingMessage, ServerResponse]
  return answerRefusal(edge(), request, request.url ?? '/', response, undefined)
}
