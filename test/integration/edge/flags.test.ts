import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { admits } from '../../../layers/core/flags/admission.ts'
import type { Flag } from '../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { flagOf, NOW, serveDocuments } from '../../layers/edge/stage.ts'
import { type Application, startApplication } from './application.ts'
import { type Stage, setStage } from './stage.ts'

/** The Collector is built where no cache holds it. */
const BUILD_MS = 900_000
/** What issue and docs promise: a service obeys within ten seconds. */
const OBEYS = { timeout: 10_000, interval: 250 }
/** Ids whose places are spread over [0, 1). */
const TRACES = Array.from({ length: 120 }, (_, at) => (at + 1).toString(16).padStart(32, 'c'))

let stage: Stage
const running: Application[] = []

beforeAll(async () => {
  stage = await setStage()
}, BUILD_MS)
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})
afterAll(() => stage?.close())

async function start(file: string, environment: Readonly<Record<string, string>>): Promise<Application> {
  const application = await startApplication(stage.project, file, environment)
  running.push(application)
  return application
}

const statusOf = async ({ url }: Application, path: string, traceId: string): Promise<number> => {
  const answer = await fetch(`${url}${path}`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } })
  await answer.arrayBuffer()
  return answer.status
}
const statusesOf = (application: Application, path = '/orders/7') =>
  Promise.all(TRACES.map((traceId) => statusOf(application, path, traceId)))
const ALL = TRACES.map(() => 200)

/** Judges the service so, as a close of a window does: by its item in Budgets, whose stream makes the flag. */
async function judge(service: string, changed: Partial<BudgetState>): Promise<void> {
  const { budgets } = stage.system
  await budgets.registerService(service)
  const before = (await budgets.readStates()).find((state) => state.service === service)
  if (before === undefined) throw new Error(`${service} is not registered`)
  const after = { ...before, mode: 'enforce' as const, version: before.version + 1, ...changed }
  expect(await budgets.writeState(before, after)).toBe(true)
}

describe('a service that Tollgate throttles', { timeout: 60_000 }, () => {
  it('refuses the share of the flag within ten seconds of it, as every other service, and nothing within ten of its end', async () => {
    const [behindExpress, behindHttp] = await Promise.all([
      start('express.mjs', stage.environment('flagged')),
      start('http.mjs', stage.environment('flagged')),
    ])
    expect(await statusesOf(behindExpress)).toEqual(ALL)
    await judge('prod/flagged', { phase: 'throttled', admit: 0.3, reason: 'burns 12 times its pace' })
    await expect.poll(stage.system.readFlags, OBEYS).toHaveLength(1)
    const [flag] = await stage.system.readFlags()
    const now = Date.now() as EpochMs
    const expected = TRACES.map((traceId) => (admits(flag, traceId, now).admitted ? 200 : 429))
    await expect.poll(() => statusesOf(behindExpress), OBEYS).toEqual(expected)
    await expect.poll(() => statusesOf(behindHttp), OBEYS).toEqual(expected)
    expect(expected.filter((status) => status === 429).length / TRACES.length).toBeCloseTo(0.7, 1)
    expect(await statusesOf(behindExpress, '/healthz')).toEqual(ALL)

    await judge('prod/flagged', { phase: 'within', admit: 1, reason: '' })
    await expect.poll(() => statusesOf(behindExpress), OBEYS).toEqual(ALL)
    await expect.poll(() => statusesOf(behindHttp), OBEYS).toEqual(ALL)
  })

  it('goes on refusing when Tollgate is gone, and admits all once the flag has expired by itself', async () => {
    const holds = 8_000
    const flag: Flag = { ...flagOf('prod/orphan', 0), until: (NOW + holds) as EpochMs }
    const documents = await serveDocuments([flag])
    const application = await start('fastify.mjs', { ...stage.environment('orphan'), TOLLGATE_URL: documents.url })
    await expect.poll(() => statusesOf(application), OBEYS).toEqual(TRACES.map(() => 429))
    documents.close()
    const gone = Date.now()
    expect(await statusesOf(application)).toEqual(TRACES.map(() => 429))
    await expect.poll(() => statusesOf(application), { ...OBEYS, timeout: holds + OBEYS.timeout }).toEqual(ALL)
    expect(Date.now() - gone).toBeGreaterThan(holds / 2)
  })
})

describe('a process that is started with TOLLGATE_GATE=on, without a line of code', () => {
  it('refuses what its flag refuses', async () => {
    const documents = await serveDocuments([flagOf('prod/ungated', 0)])
    const environment = { ...stage.environment('ungated'), TOLLGATE_URL: documents.url, TOLLGATE_GATE: 'on' }
    const application = await start('plain.mjs', environment)
    await expect.poll(() => statusesOf(application), OBEYS).toEqual(TRACES.map(() => 429))
    documents.close()
  })
})
