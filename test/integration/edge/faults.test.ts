import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApplication } from './application.ts'
import { expired } from './expired-certificate.ts'
import { costsOf } from './explained.ts'
import { FAULTS } from './faulty-endpoint.ts'
import { ask, type Load, newLoad, quantile } from './load.ts'
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

describe('a service under load whose Tollgate', () => {
  it.each(FAULTS)('$name answers as one without the edge, and its spans say why they have no cost', async (fault) => {
    const endpoint = await fault.start()
    const service = `faulty-${FAULTS.indexOf(fault)}`
    const [application, without] = await Promise.all([
      startApplication(stage.project, 'http.mjs', {
        ...stage.environment(service),
        TOLLGATE_URL: endpoint.url,
        NODE_EXTRA_CA_CERTS: join(folder, 'trusted.pem'),
      }),
      startApplication(stage.project, 'plain.mjs', stage.environment('without'), false),
    ])
    const loads = { with: newLoad(), without: newLoad() }
    const warm = newLoad()
    // One after the other, so that both see the same machine.
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      await ask(`${application.url}/healthz`, REQUESTS_A_ROUND, round < 0 ? warm : loads.with)
      await ask(`${without.url}/healthz`, REQUESTS_A_ROUND, round < 0 ? warm : loads.without)
    }
    await without.close()
    expect(warm.failures).toBe(0)
    expect([loads.with.failures, loads.without.failures]).toEqual([0, 0])
    expect(loads.with.latencies).toHaveLength(ROUNDS * REQUESTS_A_ROUND)
    table.push(row(fault.name, loads))
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

function row(name: string, loads: Record<'with' | 'without', Load>): string {
  const figures = [0.5, 0.99].map((share) => {
    const [one, other] = [quantile(loads.with, share), quantile(loads.without, share)]
    return `p${share * 100} ${one.toFixed(2)} / ${other.toFixed(2)} = ${(one / other).toFixed(2)}`
  })
  return `${name.padEnd(36)} ${figures.join('   ')}`
}
