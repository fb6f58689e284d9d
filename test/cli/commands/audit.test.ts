import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationSchema } from '../../../layers/core/configuration.ts'
import { minuteCounter, outcomeCounter } from '../../../layers/core/ledger/counters.ts'
import { pack } from '../../../layers/core/ledger/packed.ts'
import { ledgerRowPlace } from '../../../layers/core/ledger/row-name.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'
import { manualClock, realSleep } from '../../../local/clock.ts'
import { type LocalSystem, startLocalSystem } from '../../../local/system.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs

let system: LocalSystem
beforeAll(async () => {
  system = await startLocalSystem({
    configuration: configurationSchema.parse({ rates: [{ service: '*', usdPerMs: '0.000001' }] }),
    clock: manualClock(NOW),
    sleep: realSleep,
    ports: { otlp: 0, api: 0 },
    // What fails is tried again, or missing in the audit.
    report: () => {},
    expires: false,
  })
})
afterAll(() => system.close())

/** An export request of a root span, a model call without a price, an inner span, and one that dies. */
const request = (service: string): Uint8Array => {
  const span = (id: number, its: object) => ({
    ...{ traceId: 'a'.repeat(32), spanId: String(id).padStart(16, '0'), name: 'work', kind: 2 },
    startTimeUnixNano: `${BigInt(NOW - 61_000) * 1_000_000n}`,
    endTimeUnixNano: `${BigInt(NOW - 60_000) * 1_000_000n}`,
    ...its,
  })
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const parentSpanId = '0'.repeat(15).concat('1')
  const call = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'unpriced'),
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '7' } },
    { key: 'gen_ai.usage.output_tokens', value: { intValue: '3' } },
  ]
  const spans = [
    span(1, {}),
    span(2, { kind: 3, parentSpanId, attributes: call }),
    span(3, { kind: 1, parentSpanId }),
    span(4, { traceId: 'short' }),
  ]
  const resource = { attributes: [text('service.name', service)] }
  return Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
}

describe('tollgate audit', () => {
  it('counts every span of the topic in the ledger or a letter, through redrives and their copies', async () => {
    await system.append(request('a'), { timestampMs: NOW })
    await system.append(request('b'), { timestampMs: NOW })
    await system.settle()
    const first = await runTollgate(['audit', '--url', system.apiUrl])
    expect(first).toEqual({
      code: 0,
      error: `system: ${system.apiUrl}\n`,
      out: [
        'Hour 2026-11-23T08, UTC',
        'SERVICE  BOOKED  PARKED  UNCHARGED  IN TOPIC     USD',
        'a             1       1          1         3  0.0010',
        'b             1       1          1         3  0.0010',
        '',
        'In all: 2 booked, 2 parked, 2 uncharged',
        'Topic: 2 records, 8 spans',
        '  = 6 counted + 2 dead + 0 died again + 0 copies',
        'Dead letters: 2 spans',
        'Every identity holds.',
        '',
      ].join('\n'),
    })
    await runTollgate(['redrive', '--url', system.apiUrl])
    await system.settle()
    const { topic, violations } = JSON.parse((await runTollgate(['audit', '--url', system.apiUrl, '--json'])).out)
    expect(topic).toMatchObject({ records: 4, spans: 10, dead: 2, diedAgain: 2, copies: 0, inLetters: 2 })
    expect(violations).toEqual([])
  })

  it('ends with 1, and names service and hour, where a counter was changed behind its back', async () => {
    const [row] = (await system.ledger.readService('b')).rows
    if (row === undefined) throw new Error('nothing was booked')
    const counters = new Map([
      [minuteCounter(29), pack(5n, 0n)],
      [outcomeCounter('booked'), 1n],
    ])
    await system.ledger.bookRow(ledgerRowPlace(row), [{ offset: 999, timestampMs: NOW, counters }])
    const { code, out, error } = await runTollgate(['audit', '--url', system.apiUrl])
    expect(code).toBe(1)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'VIOLATED money: b, 2026-11-23T08: 0.001000000005 USD by minute, 0.001 by operation',
    )
    expect(out).toContain('VIOLATED spans: b, 2026-11-23T08: 4 spans in the ledger, 3 in the topic')
    expect(inOneLine(error)).toContain('2 identities do not hold')
  })

  it.each([
    [['--from', 'yesterday'], '2026-11-23T08:00Z, 2026-11-23, or milliseconds'],
    [['--to', 'now'], '2026-11-23T08:00Z, 2026-11-23, or milliseconds'],
    [['--from', '2026-11-01', '--to', '2026-11-20'], 'at most a week'],
    [['--with-topic'], '--with-topic reads the topic of a --stack'],
    [['--brokers', 'kafka:9092'], 'write both'],
    [['--brokers', 'kafka:9092', '--bucket', 'b', '--service', 'a'], 'leave --service out'],
  ])('ends with 2 and says what to write, whether a system runs or not: %j', async (options, message) => {
    const { code, error } = await runTollgate(['audit', '--url', 'http://127.0.0.1:9', ...options])
    expect(code).toBe(2)
    expect(inOneLine(error)).toContain(message)
  })
})
