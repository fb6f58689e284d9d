import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quantile } from '../../bench/quantile.ts'
import { type Application, startApplication } from './application.ts'
import { expired } from './expired-certificate.ts'
import { costsOf } from './explained.ts'
import { FAULTS } from './faulty-endpoint.ts'
import { ask, type Load, newLoad } from './load.ts'
import { type Stage, setStage } from './stage.ts'

/** The Collector is built where no cache holds it. */
const BUILD_MS = 900_000
/** A fetch is given up after three seconds. */
const PATIENCE = { timeout: 15_000, interval: 200 }
const WARM_UP_ROUNDS = 12
const ROUNDS = 20
const REQUESTS_A_ROUND = 50

let stage: Stage
let folder: string
const table: string[] = []

beforeAll(async () => {
  stage = await setStage()
  folder = mkdtempSync(join(tmpdir(), 'tollgate-trusted-'))
  writeFileSync(join(folder, 'trusted.pem'), expired().cert)
}, BUILD_MS)
afterAll(async () => {
  console.log(['latency with the edge / without it, ms:', ...table].join('\n  '))
  await stage?.close()
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

/** Puts both under the same load in turn, first one and then the other ahead, so that they see the same machine. */
async function compare(name: string, application: Application, other: Application): Promise<void> {
  const [warm, measured, reference] = [newLoad(), newLoad(), newLoad()]
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const pair: [Application, Load][] = [
      [application, round < 0 ? warm : measured],
      [other, round < 0 ? warm : reference],
    ]
    if (round % 2 === 0) pair.reverse()
    for (const [{ url }, load] of pair) await ask(`${url}/healthz`, REQUESTS_A_ROUND, load)
  }
  expect([warm.failures, measured.failures, reference.failures]).toEqual([0, 0, 0])
  expect(measured.latencies).toHaveLength(ROUNDS * REQUESTS_A_ROUND)
  table.push(row(name, measured, reference))
}

const withoutEdge = () => startApplication(stage.project, 'plain.mjs', stage.environment('without'), false)

describe('two services without the edge under load', () => {
  it('answer all; how they differ is noise', async () => {
    const [one, other] = await Promise.all([withoutEdge(), withoutEdge()])
    await compare('(the edge in neither: noise)', one, other)
    await Promise.all([one.close(), other.close()])
  })
})

describe('a service under load whose Tollgate', () => {
  it('is well answers as one without the edge, and its spans have their cost', async () => {
    const service = 'well'
    const [application, other] = await Promise.all([
      startApplication(stage.project, 'http.mjs', stage.environment(service)),
      withoutEdge(),
    ])
    await compare('is well', application, other)
    await Promise.all([application.close(), other.close()])
    const last = stage.spans().findLast((span) => span.service === service)
    expect(last && costsOf(last)).toMatchObject({ 'cost.currency': 'USD' })
  })

  it.each(FAULTS)('$name answers as one without the edge, and its spans say why they have no cost', async (fault) => {
    const endpoint = await fault.start()
    const service = `faulty-${FAULTS.indexOf(fault)}`
    const environment = {
      ...stage.environment(service),
      ...{ TOLLGATE_URL: endpoint.url, NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem') },
    }
    const [application, other] = await Promise.all([
      startApplication(stage.project, 'http.mjs', environment),
      withoutEdge(),
    ])
    await compare(fault.name, application, other)
    await other.close()
    const said = async () => {
      await (await fetch(`${application.url}/orders/7`)).arrayBuffer()
      const last = stage.spans().findLast((span) => span.service === service && 'rpc.method' in span.attributes)
      return last && costsOf(last)
    }
    await expect.poll(said, PATIENCE).toEqual({ 'cost.error': fault.says })
    await application.close()
    endpoint.close()
    const lines = application.printed().match(/tollgate edge: .*/g) ?? []
    expect(lines.length).toBeLessThanOrEqual(2)
  })
})

function row(name: string, measured: Load, reference: Load): string {
  const figures = [0.5, 0.99].map((share) => {
    const [one, other] = [quantile(measured.latencies, share), quantile(reference.latencies, share)]
    return `p${share * 100} ${one.toFixed(2)} / ${other.toFixed(2)} = ${(one / other).toFixed(2)}`
  })
  return `${name.padEnd(36)} ${figures.join('   ')}`
}
