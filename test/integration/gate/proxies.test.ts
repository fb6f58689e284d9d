import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admits } from '../../../layers/core/flags/admission.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { type FrontProxy, PROXIES } from './proxies.ts'
import { now, type Rig, startRig } from './rig.ts'

const SERVICE = 'prod/shop/checkout'
/** From a flag to the answers: polls every second here, every five as shipped. */
const FLIP_MS = 10_000

for (const proxy of PROXIES) describe.skipIf(!proxy.isThere)(proxy.name, () => behaves(proxy))

function behaves(proxy: FrontProxy): void {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig(proxy)
    await until(async () => (await get()).status === 200)
  })
  afterAll(() => rig.close())

  const get = async (traceId?: string) => {
    const headers = traceId === undefined ? {} : { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    const response = await fetch(rig.front, { headers })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }

  const throttle = (admit: number): void => {
    const reason = 'burns 12 times its pace'
    const version = (rig.flags[0]?.version ?? 0) + 1
    rig.flags = [{ service: SERVICE, admit, reason, until: (now() + 600_000) as EpochMs, since: now(), version }]
  }

  it('lets everything through while there is no flag', async () => {
    for (let at = 0; at < 20; at++) expect(await get()).toMatchObject({ status: 200, body: 'paid' })
  })

  it('passes on a request with a body and with large headers', async () => {
    const headers = { cookie: 'x'.repeat(6_000) }
    const response = await fetch(rig.front, { method: 'POST', headers, body: 'y'.repeat(100_000) })
    expect(response.status).toBe(200)
  })

  it('answers 429 with when to come back within ten seconds of a flag, and the service sees nothing of it', async () => {
    throttle(0)
    await until(async () => (await get()).status === 429)
    const before = rig.served
    const { status, headers, body } = await get()
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(60)
    expect(headers.get('ratelimit')).toMatch(/^"tollgate";r=0;t=\d+$/)
    expect(headers.get('x-tollgate-reason')).toBe('burns 12 times its pace')
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.parse(body)).toMatchObject({ status: 429, title: 'Over budget' })
    expect(rig.served).toBe(before)
  })

  it('refuses exactly the traces that the flag does not admit', async () => {
    throttle(0.25)
    const traces = Array.from({ length: 200 }, (_, at) => (at + 1).toString(16).padStart(32, 'c'))
    const expected = traces.map((id) => (admits(rig.flags[0], id, now()).admitted ? 200 : 429))
    const open = traces.find((_, at) => expected[at] === 200)
    await until(async () => (await get(open)).status === 200)
    // One after the other: a proxy that does not hear from the gate in time lets a request through, as it should.
    const answers: number[] = []
    for (const id of traces) answers.push((await get(id)).status)
    expect(answers).toEqual(expected)
  })

  it('passes on a 403 of the service itself as it is', async () => {
    rig.flags = []
    // One request may pass by the flag before: twenty in a row do so once in 10^12.
    await until(async () =>
      (await Promise.all(Array.from({ length: 20 }, () => get()))).every((one) => one.status === 200),
    )
    rig.serviceStatus = 403
    const answer = await get()
    rig.serviceStatus = 200
    expect(answer).toMatchObject({ status: 403, body: 'paid' })
  })

  it('is open while the gate hangs', async () => {
    throttle(0)
    await until(async () => (await get()).status === 429)
    rig.freezeGate(true)
    const answers = await Promise.all(Array.from({ length: 5 }, () => get()))
    rig.freezeGate(false)
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: 'paid' })
  })

  it('is open again when the gate is killed', async () => {
    throttle(0)
    await until(async () => (await get()).status === 429)
    await rig.killGate()
    for (let at = 0; at < 20; at++) expect(await get()).toMatchObject({ status: 200, body: 'paid' })
  })
}

/** Asks over and over, ten times a second, until it is so: nothing tells a client that a proxy has changed its mind. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + FLIP_MS
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`not so after ${FLIP_MS} ms`)
    await new Promise((again) => setTimeout(again, 100))
  }
}
