import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { realSleep, systemClock } from '../../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'

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
})

afterAll(async () => {
  await system?.close()
  await kafka?.close()
})

function request(ms: number): string {
  const endMs = BigInt(Date.now())
  const span = {
    traceId: '1'.padStart(32, '0'),
    spanId: '1'.padStart(16, '0'),
    name: 'work',
    kind: 2,
    startTimeUnixNano: `${(endMs - BigInt(ms)) * 1_000_000n}`,
    endTimeUnixNano: `${endMs * 1_000_000n}`,
  }
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'on-kafka' } }] }
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
}

describe('tollgate dev --kafka', () => {
  it('books the spans that it received once they have been through the topic', async () => {
    for (const ms of [10, 20, 30]) {
      const response = await fetch(`${system.otlpUrl}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: request(ms),
      })
      expect(response.status).toBe(200)
    }
    await system.settle()
    const { rows } = await system.ledger.readService('on-kafka')
    const spent = rows.flatMap((row) => row.minutes).reduce((sum, { cost }) => sum + cost, 0n)
    expect(spent).toBe(parseUsd('0.00006'))
  })
})
