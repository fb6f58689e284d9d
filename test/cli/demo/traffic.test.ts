import { afterEach, describe, expect, it } from 'vitest'
import { DEMO_SCENARIO, type Scenario } from '../../../cli/demo/scenario.ts'
import { ExportFailed } from '../../../cli/demo/telemetry.ts'
import { createTraffic, type TrafficSettings } from '../../../cli/demo/traffic.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const START_MS = Date.UTC(2026, 10, 23, 8)
const MINUTE_MS = 60_000

/** The story in six minutes, so that a test sees every part of it. */
const SHORT: Scenario = {
  ...DEMO_SCENARIO,
  minutes: 6,
  bursts: [{ fromMinute: 3, untilMinute: 4, kind: 'product', requestsPerMinute: 60 }],
  releases: [
    ...DEMO_SCENARIO.releases.filter((release) => release.minute === 0),
    { minute: 2, service: 'checkout', commit: 'bad5eed', summary: 'retries', modelAttempts: 3 },
  ],
}

const receivers: Receiver[] = []
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))
})

async function run(settings: Partial<TrafficSettings> = {}, minutes = 5, stepMs = 10_000) {
  const receiver = await startReceiver()
  receivers.push(receiver)
  const traffic = createTraffic({
    endpoint: receiver.endpoint,
    seed: 7,
    startMs: START_MS,
    scenario: SHORT,
    ...settings,
  })
  const stretches = []
  for (let at = stepMs; at <= minutes * MINUTE_MS; at += stepMs) {
    stretches.push(await traffic.emitUntil(START_MS + at))
  }
  const total = await traffic.shutdown()
  return { receiver, stretches, total, answersOf: answersIn(total.gate) }
}

const answersIn =
  (gate: readonly { service: string; allowed: number; denied: number }[]) =>
  (service: string): { allowed: number; denied: number } | undefined => {
    const found = gate.find((one) => one.service === `prod/shop/${service}`)
    return found && { allowed: found.allowed, denied: found.denied }
  }

describe('the traffic', () => {
  it('exports the same bytes in the same order for the same seed, and others for another', async () => {
    const [one, again, other] = [await run(), await run(), await run({ seed: 8 })]
    expect(one.receiver.bodies.length).toBeGreaterThan(100)
    expect(again.receiver.digest()).toBe(one.receiver.digest())
    expect(other.receiver.digest()).not.toBe(one.receiver.digest())
  })

  it('counts the requests of the scenario and every span of them, however time is cut', async () => {
    const [fine, coarse] = [await run({}, 5, 10_000), await run({}, 5, MINUTE_MS)]
    expect(fine.total.requests).toBe(5 * 82 + 36)
    expect(coarse.total).toEqual(fine.total)
    expect(coarse.receiver.bodies.length).toBeLessThan(fine.receiver.bodies.length)
    expect(fine.stretches.reduce((sum, stretch) => sum + stretch.requests, 0)).toBe(fine.total.requests)
  })

  it('emits nothing for time that it has already been through', async () => {
    const receiver = await startReceiver()
    receivers.push(receiver)
    const traffic = createTraffic({ endpoint: receiver.endpoint, seed: 7, startMs: START_MS, scenario: SHORT })
    await traffic.emitUntil(START_MS + MINUTE_MS)
    const again = await traffic.emitUntil(START_MS + MINUTE_MS)
    expect(again).toMatchObject({ requests: 0, spans: 0 })
    await traffic.shutdown()
  })

  it('exports no span before it has ended, and the rest at shutdown', async () => {
    const receiver = await startReceiver()
    receivers.push(receiver)
    const traffic = createTraffic({ endpoint: receiver.endpoint, seed: 7, startMs: START_MS, scenario: SHORT })
    // No request takes less than 30 ms: in the 10 ms in which the first one arrives, none of its spans can have ended.
    let first = await traffic.emitUntil(START_MS)
    for (let at = 10; first.requests === 0; at += 10) first = await traffic.emitUntil(START_MS + at)
    const total = await traffic.shutdown()
    expect(first).toMatchObject({ requests: 1, spans: 0 })
    expect(total.requests).toBe(1)
    expect(total.spans).toBeGreaterThanOrEqual(4)
    expect(receiver.bodies.length).toBeGreaterThan(0)
  })

  it('asks the gate by identity and trace, and counts both answers for each service', async () => {
    const traces = new Map<string, Set<string>>()
    const { answersOf } = await run({
      admit: async (service, traceId) => {
        traces.set(service, (traces.get(service) ?? new Set()).add(traceId))
        return service !== 'prod/shop/checkout' || traceId < '8'
      },
    })
    const checkout = answersOf('checkout')
    expect((checkout?.allowed ?? 0) + (checkout?.denied ?? 0)).toBe(5 * 24)
    expect(checkout?.denied).toBeGreaterThan(30)
    expect(checkout?.allowed).toBeGreaterThan(30)
    expect(answersOf('catalog')).toEqual({ allowed: 5 * 50 + 36, denied: 0 })
    // Of an order, only what checkout admitted reaches orders.
    expect(answersOf('orders')).toEqual({ allowed: 5 * 8 + (checkout?.allowed ?? 0), denied: 0 })
    // It is asked ahead for every request of the world; counted are the answers to requests that came so far.
    expect(traces.get('prod/shop/checkout')?.size).toBe(5 * 82 + 36)
    for (const ids of traces.values()) for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  it('falls to nothing below a service whose gate is shut', async () => {
    const open = await run()
    const shut = await run({ admit: async (service) => service !== 'prod/shop/checkout' })
    expect(shut.answersOf('orders')).toEqual({ allowed: 5 * 8, denied: 0 })
    // Each order loses checkout's span, two for each attempt, and orders' with the call to it and its two AWS calls.
    const lost = 24 * (2 * (1 + 2 * 1 + 4) + 3 * (1 + 2 * 3 + 4))
    expect(open.total.spans - shut.total.spans).toBe(lost)
  })

  it('answers with no span at all where the front door refuses everything', async () => {
    const { total, receiver } = await run({ admit: async () => false })
    expect(total).toMatchObject({ requests: 5 * 82 + 36, spans: 0 })
    expect(receiver.bodies).toEqual([])
  })

  it('says so when the receiver refuses its spans', async () => {
    const receiver = await startReceiver(400)
    receivers.push(receiver)
    const traffic = createTraffic({ endpoint: receiver.endpoint, seed: 7, startMs: START_MS, scenario: SHORT })
    await expect(traffic.emitUntil(START_MS + MINUTE_MS)).rejects.toThrow(ExportFailed)
  })
})
