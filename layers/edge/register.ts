import { NO_HOOK } from './edge.ts'
import { gateServers } from './gate-servers.ts'
import { edge } from './process-edge.ts'
import { watchTracerProviders } from './telemetry/api-globals.ts'
import { joinProvider } from './telemetry/join-provider.ts'

/**
 * `node --import @tollgate/edge/register app.js`, or `NODE_OPTIONS`: costs on the spans of every tracer provider that the process
 * registers. Nothing starts before the first one is. With `TOLLGATE_GATE=on` its HTTP servers honour the flag, too.
 */
let isSaid = false
watchTracerProviders((provider) => {
  if (!isSdk(provider)) return
  const joined = joinProvider(provider, edge().processor)
  if (joined !== 'no-hook' || isSaid) return
  isSaid = true
  process.stderr.write(`tollgate edge: no costs on spans: ${NO_HOOK}\n`)
})

if (process.env.TOLLGATE_GATE === 'on') gateServers(edge)

/** The api's own provider, which does nothing, stands in until an application registers one. */
const isSdk = (provider: object): boolean => 'forceFlush' in provider
