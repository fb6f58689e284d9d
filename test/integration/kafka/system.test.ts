import { Producer } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeCounter } from '../../../layers/core/ledger/counters.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { type EpochMs, hourOf, MS_PER_HOUR, startOfHour } from '../../../layers/core/time/instants.ts'
import type { LocalSystem } from '../../../local/system.ts'
import { type Kafka, startKafka } from '../engines/kafka.ts'
import { startSystemOn } from './system-on-kafka.ts'

let kafka: Kafka
let system: LocalSystem

beforeAll(async () => {
  kafka = await startKafka()
  system = await startSystemOn(kafka)
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

  it('audits the ledger against the topic itself, its dead letters and its tombstones too', async () => {
    await system.append(Buffer.from('no spans at all'), { timestampMs: Date.now() as EpochMs })
    const tombstone = new Producer({ clientId: 'tests', bootstrapBrokers: [kafka.brokers] })
    await tombstone.send({ messages: [{ topic: 'otel-cost-spans', key: Buffer.from('shop') }] })
    await tombstone.close()
    await system.settle()
    const report = await (await fetch(`${system.apiUrl}/v1/audit?from=${Date.now() - MS_PER_HOUR}`)).json()
    expect(report).toMatchObject({
      topic: { records: 4, spans: 4, dead: 1, diedAgain: 0, copies: 0, inLetters: 1, isWhole: true },
      violations: [],
      lines: [{ service: 'on-kafka', booked: 3, inTopic: 3 }],
    })
  })

  it('reads the topic from the audited hours on, whose records it knows to be all there', async () => {
    const hour = startOfHour(hourOf(Date.now() as EpochMs))
    await system.append(Buffer.from('no spans either'), { timestampMs: (hour - MS_PER_HOUR) as EpochMs })
    await system.settle()
    const auditOf = async (from: number) =>
      (await fetch(`${system.apiUrl}/v1/audit?from=${from}`)).json() as Promise<{ topic: unknown; violations: unknown }>
    const current = await auditOf(hour)
    expect(current).toMatchObject({ topic: { records: 4, dead: 1, inLetters: 1, isWhole: true }, violations: [] })
    const both = await auditOf(hour - MS_PER_HOUR)
    expect(both).toMatchObject({ topic: { records: 5, dead: 2, inLetters: 2, isWhole: true }, violations: [] })
  })

  it('finds in the topic what the ledger has lost', async () => {
    const [row] = (await system.ledger.readService('on-kafka')).rows
    if (row === undefined) throw new Error('nothing was booked')
    const booked = new Map([[outcomeCounter('booked'), -1n]])
    const offset = row.fence.offset + 1
    await system.ledger.bookRow(ledgerRowPlace(row), [{ offset, timestampMs: row.fence.timestampMs, counters: booked }])
    const { violations } = (await (
      await fetch(`${system.apiUrl}/v1/audit?from=${Date.now() - MS_PER_HOUR}`)
    ).json()) as { violations: unknown }
    expect(violations).toMatchObject([{ identity: 'spans', what: expect.stringContaining('2 spans in the ledger, 3') }])
  })
})
