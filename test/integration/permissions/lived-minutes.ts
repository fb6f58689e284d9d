import { configurationSchema } from '../../../layers/core/configuration.ts'
import { MS_PER_DAY } from '../../../layers/core/time/days.ts'
import { type EpochMs, MS_PER_MINUTE } from '../../../layers/core/time/instants.ts'
import { manualClock, realSleep } from '../../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'

const START = Date.UTC(2026, 10, 24, 8, 30) as EpochMs

/**
 * Lives through what a system lives through: spans that are booked, parked, settled and dead; a service that is throttled,
 * alerted, overridden and released; questions of people and gates; a night. Every function has done all it can do then.
 * Answers with the items that are left, as `LocalSystem.items` does.
 */
export async function liveSomeMinutes(): Promise<ReadonlyMap<string, string>> {
  const clock = manualClock(START)
  const system = await startLocalSystem({
    configuration: configurationSchema.parse({
      rates: [{ service: 'spender', usdPerMs: '0.001' }],
      defaultBudget: { service: '*', limitUsd: '5', mode: 'enforce' },
    }),
    ...{ clock, sleep: realSleep, ports: { otlp: 0, api: 0 }, report: () => {}, expires: false },
  })
  try {
    const pass = async (ms: number) => {
      clock.advance(ms)
      await system.settle()
    }
    for (let minute = 0; minute < 12; minute++) {
      await system.append(request('spender', clock.now()), { timestampMs: clock.now() })
      await system.append(request(`tenant-${minute}`, clock.now(), LAMBDA), { timestampMs: clock.now() })
      await pass(MS_PER_MINUTE / 2)
      await pass(MS_PER_MINUTE / 2)
    }
    await system.append(Buffer.from('no span at all'), { timestampMs: clock.now() })
    await parkAndSettle(system, clock)
    await askEverything(system, clock.now())
    await changeTheBudget(system, clock.now())
    await pass(MS_PER_MINUTE)
    await pass(3 * MS_PER_MINUTE)
    await pass(MS_PER_DAY)
    return await system.items()
  } finally {
    await system.close()
  }
}

type Clock = ReturnType<typeof manualClock>

/** Spans that arrive while the book is stale wait for the next refresh. */
async function parkAndSettle(system: LocalSystem, clock: Clock): Promise<void> {
  clock.advance(16 * MS_PER_MINUTE)
  const at = clock.now()
  await system.functions['attribute-spans']({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/local/local-1',
    bootstrapServers: 'local:9098',
    records: {
      'otel-cost-spans-0': [
        {
          topic: 'otel-cost-spans',
          partition: 0,
          offset: 1_000_000,
          timestamp: at,
          timestampType: 'CREATE_TIME',
          value: Buffer.from(request('waits', at, LAMBDA)).toString('base64'),
          headers: [],
        },
      ],
    },
  })
  await system.settle()
}

async function askEverything(system: LocalSystem, now: number): Promise<void> {
  const day = new Date(now - MS_PER_DAY * 20).toISOString()
  for (const path of [
    '/v1/flags',
    '/v1/spend?by=commit',
    `/v1/spend?from=${day}`,
    '/v1/coverage',
    '/v1/audit',
    '/v1/budgets',
    '/v1/budgets/events?service=spender',
    '/v1/minutes?service=spender',
    '/v1/prices',
  ]) {
    const answer = await fetch(`${system.apiUrl}${path}`)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  }
}

async function changeTheBudget(system: LocalSystem, now: number): Promise<void> {
  const until = new Date(now + 60 * MS_PER_MINUTE).toISOString()
  for (const change of [
    { change: 'override', service: 'spender', mode: 'shadow', until, reason: 'checkout must sell' },
    { change: 'grant', service: 'spender', usd: '5', until, reason: 'a sale' },
    { change: 'clear', service: 'spender', reason: 'sold out' },
  ]) {
    const answer = await fetch(`${system.apiUrl}/v1/budgets/changes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(change),
    })
    if (!answer.ok) throw new Error(`${change.change}: ${answer.status} ${await answer.text()}`)
  }
}

interface Where {
  readonly resource: Readonly<Record<string, string>>
}

const LAMBDA: Where = {
  resource: {
    'cloud.platform': 'aws_lambda',
    'cloud.region': 'us-east-1',
    'faas.name': 'shop',
    'faas.max_memory': '134217728',
  },
}
const ANYWHERE: Where = { resource: {} }

/** One export request: a span of a second, and one at an impossible time. */
function request(service: string, end: number, { resource }: Where = ANYWHERE): Uint8Array {
  const ns = (ms: number): string => `${BigInt(ms) * 1_000_000n}`
  const span = { traceId: 'a'.repeat(32), spanId: '1'.repeat(16), name: 'work', kind: 2 }
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const attributes = [
    text('service.name', service),
    ...Object.entries(resource).map(([key, value]) => text(key, value)),
  ]
  const spans = [
    { ...span, startTimeUnixNano: ns(end - 1_000), endTimeUnixNano: ns(end) },
    { ...span, spanId: '2'.repeat(16), startTimeUnixNano: ns(1_000), endTimeUnixNano: ns(2_000) },
  ]
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] }))
}
