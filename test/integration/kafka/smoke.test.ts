import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'
import { runTollgate } from '../../cli/run-tollgate.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'

/** A window is over within a minute, and judged some 30 s later; two cores may be building beside it. */
const SMOKE_MS = 300_000

let kafka: Kafka
let system: LocalSystem

beforeAll(async () => {
  kafka = await startKafka()
  system = await startLocalSystem({
    configuration: configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] }),
    clock: systemClock(),
    sleep: realSleep,
    kafka: kafka.brokers,
    ports: { otlp: 0, api: 0 },
    report: (what, error) => console.error(what, error),
    expires: false,
  })
  system.start()
})

afterAll(async () => {
  await system?.close()
  await kafka?.close()
})

describe('tollgate smoke on tollgate dev --kafka', { timeout: SMOKE_MS }, () => {
  it('sees its cent and its alert of a span that went straight into the topic, and keeps nothing of it', async () => {
    const way = ['--brokers', kafka.brokers, '--timeout', '240']
    const { code, out, error } = await runTollgate(['smoke', '--json', '--url', system.apiUrl, ...way])
    expect({ code, error }).toEqual({ code: 0, error: `system: ${system.apiUrl}\n` })
    expect(JSON.parse(out)).toMatchObject({
      sentTo: `topic otel-cost-spans at ${kafka.brokers}`,
      isNewAlert: true,
      removedRows: 1,
    })
    expect((await system.ledger.readService(SMOKE_SERVICE)).rows).toEqual([])
    // In shadow nobody is told.
    expect(system.inbox.messages()).toEqual([])
  })
})
