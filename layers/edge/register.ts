import type { TracerProvider } from '@opentelemetry/api'
import { NO_HOOK } from './edge.ts'
import { gateServers } from './gate-servers.ts'
import { edge } from './process-edge.ts'
import { watchTracerProviders } from './telemetry/api-globals.ts'
import { joinProvider } from './telemetry/join-provider.ts'

const said = new Set<string>()

/**
 * `node --import @tollgate/edge/register app.js`, or `NODE_OPTIONS`: costs on the spans of every tracer provider that the process
 * registers. Nothing starts before the first one is. With `TOLLGATE_GATE=on` its HTTP servers honour the flag, too.
 * Whatever goes wrong here, the application starts.
 */
openly(() => {
  watchTracerProviders((provider) => openly(() => join(provider)))
  if (process.env.TOLLGATE_GATE === 'on') gateServers(edge)
})

function join(provider: TracerProvider): void {
  // The api's own provider, which does nothing, stands in until an application registers one.
  if (!('forceFlush' in provider)) return
  if (joinProvider(provider, edge().processor) === 'no-hook') sayOnce(NO_HOOK)
}

function openly(run: () => void): void {
  try {
    run()
  } catch (error) {
    sayOnce(String(error))
  }
}

function sayOnce(why: string): void {
  if (said.has(why)) return
  said.add(why)
  process.stderr.write(`tollgate edge: no costs on spans: ${why}\n`)
}
