import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import type { LocalSystem } from '../../../local/system.ts'
import { runTollgate } from '../../cli/run-tollgate.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'
import { startSystemOn } from './system-on-kafka.ts'

/** A window is over within a minute, and judged some 30 s later; two cores may be building beside it. */
const SMOKE_MS = 300_000

let kafka: Kafka
let system: LocalSystem

beforeAll(async () => {
  kafka = await startKafka()
  system = await startSystemOn(kafka)
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
    expect(code).toBe(0)
    // It takes longer than ten seconds, and says so.
    expect(error.replaceAll(/waiting for stage "(booked|alerted)", \d+ s\n/g, '')).toBe(`system: ${system.apiUrl}\n`)
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
