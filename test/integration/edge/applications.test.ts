import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, startApplication } from './application.ts'
import { compareTrace, costsOf, expectAgreement } from './explained.ts'
import { type Stage, setStage } from './stage.ts'

/** The Collector is built where no cache holds it. */
const BUILD_MS = 900_000
const SERVERS = ['express', 'fastify', 'hono', 'http'] as const
const ROADS = ['direct', 'collector'] as const

let stage: Stage

beforeAll(async () => {
  stage = await setStage()
}, BUILD_MS)
afterAll(() => stage?.close())

/** Asks for an order in a trace of its own; answers the trace's id. */
async function order({ url }: Application): Promise<string> {
  const traceId = randomBytes(16).toString('hex')
  const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }
  const answer = await fetch(`${url}/orders/7`, { headers })
  expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 200, body: { id: '7' } })
  return traceId
}

/** The entry span, DynamoDB's, HTTP's beneath that, and an inner one. */
const SPANS = 4

/** The first spans of a process may come before its prices. */
async function untilPriced(application: Application): Promise<void> {
  const priced = async () => {
    const traceId = await order(application)
    const own = () => stage.spans().filter((span) => span.traceId === traceId)
    await expect.poll(() => own().length, { timeout: 20_000 }).toBe(SPANS)
    return own().some((span) => 'cost.amount' in costsOf(span))
  }
  await expect.poll(priced, { timeout: 20_000 }).toBe(true)
}

describe.each(SERVERS)('a service with %s, HTTP instrumentation and the SDK for Node', (server) => {
  it.each(ROADS)('has on each span what `tollgate explain` says of it, on the %s road', async (road) => {
    const service = `${server}-${road}`
    const application = await startApplication(stage.project, `${server}.mjs`, stage.environment(service, road))
    await untilPriced(application)
    for (let asked = 0; asked < 3; asked += 1) {
      const compared = await compareTrace(stage, await order(application), SPANS)
      expectAgreement(compared)
      const charged = compared.filter(({ explained }) => explained.charged)
      expect(charged.map(({ explained }) => explained.rule).sort()).toEqual(['entry', 'provider-call'])
      for (const { explained } of charged) expect(Number(explained.totalUsd)).toBeGreaterThan(0)
    }
    await application.close()
    expect(application.printed()).not.toMatch(/tollgate edge/)
  })
})

describe('the ledger that books the spans of them all', () => {
  it('rates them as they said, to the picodollar', async () => {
    await stage.system.settle()
    const drifts = stage.system.observations().filter((observation) => observation.kind === 'edge-drift')
    expect(drifts.length).toBeGreaterThan(0)
    for (const { spans, declared, rated } of drifts) {
      expect(spans).toBeGreaterThan(0)
      expect(declared).toBe(rated)
    }
  })
})
