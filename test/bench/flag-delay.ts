import { setTimeout as pause } from 'node:timers/promises'
import { flagsFetcher } from '../../cli/gate/fetch-flags.ts'
import { pollFlags } from '../../cli/gate/poll-flags.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { MS_PER_MINUTE } from '../../layers/core/time/instants.ts'
import { realSleep, systemClock } from '../../local/clock.ts'
import { startLocalSystem } from '../../local/system.ts'

/**
 * Measures on the running system, by the machine's own clock, how long it takes from a window's end until a gate holds the flag of
 * a runaway. Each minute another service runs away; its spans come ten seconds after they ended, as through an SDK and a
 * Collector that batch for five seconds each. Prints JSON. `npx node test/bench/flag-delay.ts [windows]`; a minute a window.
 */

/** As many services as the default blast radius lets be newly throttled within ten minutes. */
const WINDOWS = Number(process.argv[2] ?? 3)
/** SDK and Collector. */
const BATCHED_MS = 10_000
const POLL_MS = 5_000
/** USD a span, of which one ends each second: gone in a minute is what should last a day. */
const SPAN_USD = 0.02
const LIMIT_USD = '1'
const WATCH_MS = 50

const clock = systemClock()
const configuration = configurationSchema.parse({
  defaultBudget: { service: '*', limitUsd: LIMIT_USD, mode: 'enforce' },
})

const serviceOf = (window: number): string => `runaway-${window}`

function spanOf(service: string, endMs: number): string {
  const attribute = (key: string, value: object): object => ({ key, value })
  const id = (digits: number): string => (endMs % 1e9).toString(16).padStart(digits, '1')
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', { stringValue: service })] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: id(32),
                spanId: id(16),
                name: 'work',
                kind: 2,
                startTimeUnixNano: `${endMs - 100}000000`,
                endTimeUnixNano: `${endMs}000000`,
                attributes: [
                  attribute('cost.amount', { doubleValue: SPAN_USD }),
                  attribute('cost.currency', { stringValue: 'USD' }),
                ],
              },
            ],
          },
        ],
      },
    ],
  })
}

async function send(otlpUrl: string, service: string): Promise<void> {
  const span = spanOf(service, Date.now())
  await pause(BATCHED_MS)
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers, body: span })
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`)
  await response.body?.cancel()
}

const failures: string[] = []
const system = await startLocalSystem({
  configuration,
  clock,
  sleep: realSleep,
  ports: { otlp: 0, api: 0 },
  report: (what, error) => failures.push(`${what}: ${error}`),
  expires: false,
})
system.start()
const poll = pollFlags({
  fetchFlags: flagsFetcher(new URL(`${system.apiUrl}/v1/flags`), 2_000, undefined),
  intervalMs: POLL_MS,
  monotonicMs: () => performance.now(),
  random: Math.random,
  observe: () => {},
})

const firstWindow = Math.floor(Date.now() / MS_PER_MINUTE) + 1
const heldAt = new Map<string, number>()
const sending: Promise<void>[] = []
let sentUpTo = Date.now()
while (heldAt.size < WINDOWS && Date.now() < (firstWindow + WINDOWS + 3) * MS_PER_MINUTE) {
  const window = Math.floor(Date.now() / MS_PER_MINUTE)
  if (Date.now() >= sentUpTo + 1000 && window >= firstWindow && window < firstWindow + WINDOWS) {
    sending.push(send(system.otlpUrl, serviceOf(window)))
    sentUpTo = Date.now()
  }
  for (const service of poll.held()?.byService.keys() ?? []) if (!heldAt.has(service)) heldAt.set(service, Date.now())
  await pause(WATCH_MS)
}
poll.stop()
await Promise.all(sending)
const seconds = Array.from({ length: WINDOWS }, (_, i) => {
  const at = heldAt.get(serviceOf(firstWindow + i))
  return at === undefined ? null : Math.round((at - (firstWindow + i + 1) * MS_PER_MINUTE) / 100) / 10
})
const incomplete = system.closedWindows().filter(({ complete }) => !complete).length
await system.close()
console.log(JSON.stringify({ secondsFromWindowEndToGate: seconds, incompleteWindows: incomplete, failures }))
