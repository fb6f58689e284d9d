import { describe, expect, it } from 'vitest'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { jsonBytes, NOW_MS } from './written-request.ts'

const MAX_USD = 100n
const decode = (root: unknown) =>
  decodeRecord(jsonBytes(root), NOW_MS as EpochMs, (MAX_USD * 10n ** 12n) as Picodollars)
const record = {
  trace_id: 'abc',
  service: 'checkout',
  operation: 'POST /pay',
  cost_amount: 0.0000021,
  timestamp: NOW_MS,
}

describe('a plain record', () => {
  it('is read as it was sent', () => {
    expect(decode(record)).toEqual({
      format: 'plain',
      spans: [],
      dead: [],
      plain: [
        {
          traceId: 'abc',
          service: 'checkout',
          commit: 'unknown',
          operation: 'POST /pay',
          declared: 2_100_000n,
          endMs: NOW_MS,
        },
      ],
    })
  })

  it.each<[string, unknown, bigint]>([
    ['a number', 0.1, 100_000_000_000n],
    ['a sum of floats, exactly what it says', 0.1 + 0.2, 300_000_000_000n],
    ['a number with an exponent', 1e-12, 1n],
    ['half a picodollar, rounded up', 5e-13, 1n],
    ['a decimal string', '12.000000000001', 12_000_000_000_001n],
    ['zero', 0, 0n],
    ['the most that is believed', 100, 100_000_000_000_000n],
  ])('costs %s', (_, cost_amount, declared) => {
    expect(decode({ ...record, cost_amount }).plain.map((each) => each.declared)).toEqual([declared])
  })

  it.each<[string, object, string]>([
    ['a negative cost', { cost_amount: -0.01 }, 'invalid_cost'],
    ['more than is believed', { cost_amount: '100.000000000001' }, 'invalid_cost'],
    ['a cost that is text', { cost_amount: 'free' }, 'invalid_cost'],
    ['a cost of NaN', { cost_amount: 'NaN' }, 'invalid_cost'],
    ['an empty cost', { cost_amount: '' }, 'invalid_cost'],
    ['a cost of null', { cost_amount: null }, 'invalid_cost'],
    ['no cost', { cost_amount: undefined }, 'invalid_cost'],
    ['an enormous cost', { cost_amount: 1e300 }, 'invalid_cost'],
    ['no service', { service: undefined }, 'invalid_record'],
    ['an empty service', { service: '' }, 'invalid_record'],
    ['a service that is a number', { service: 7 }, 'invalid_record'],
    ['no operation', { operation: undefined }, 'invalid_record'],
    ['an empty operation', { operation: '' }, 'invalid_record'],
    ['a trace id that is a number', { trace_id: 7 }, 'invalid_record'],
    ['a commit that is a number', { commit: 7 }, 'invalid_record'],
    ['a timestamp in seconds', { timestamp: Math.floor(NOW_MS / 1000) }, 'impossible_time'],
    ['a timestamp in nanoseconds', { timestamp: NOW_MS * 1e6 }, 'impossible_time'],
    ['a timestamp that is a string', { timestamp: String(NOW_MS) }, 'impossible_time'],
    ['a fraction of a millisecond', { timestamp: NOW_MS + 0.5 }, 'impossible_time'],
    ['no timestamp', { timestamp: undefined }, 'impossible_time'],
    ['5 minutes and 1 ms ahead', { timestamp: NOW_MS + 300_001 }, 'impossible_time'],
    ['7 days and 1 ms behind', { timestamp: NOW_MS - 604_800_001 }, 'impossible_time'],
  ])('%s is dead', (_, change, reason) => {
    const root = { ...record, ...change }
    const decoded = decode(root)
    expect(decoded).toMatchObject({ format: 'plain', plain: [], spans: [], dead: [{ reason, spans: 1 }] })
    expect(decoded.dead[0]?.body).toEqual(jsonBytes(root))
  })

  it.each([NOW_MS + 300_000, NOW_MS - 604_800_000])('may lie at %s, the edge of what is possible', (timestamp) => {
    expect(decode({ ...record, timestamp }).plain.map(({ endMs }) => endMs)).toEqual([timestamp])
  })

  it('lies after 10^12 and before 10^13 ms, whatever its record says', () => {
    const at = (timestamp: number) =>
      decodeRecord(jsonBytes({ ...record, timestamp }), timestamp as EpochMs, (10n ** 14n) as Picodollars)
    expect(at(1e12 + 1).dead).toEqual([])
    expect(at(1e13 - 1).dead).toEqual([])
    expect(at(1e12).dead).toMatchObject([{ reason: 'impossible_time' }])
    expect(at(1e13).dead).toMatchObject([{ reason: 'impossible_time' }])
  })

  it('may name its commit, and need not name a trace', () => {
    expect(decode({ ...record, trace_id: undefined, commit: 'a1#b2' }).plain).toMatchObject([
      { traceId: '', commit: 'a1_b2' },
    ])
  })

  it('has a service as short and clean as any', () => {
    expect(decode({ ...record, service: 'prod/a#b' }).plain[0]?.service).toBe('prod/a_b')
    expect(decode({ ...record, service: 'x'.repeat(5000) }).plain[0]?.service).toHaveLength(302)
  })

  it('keeps no text of any length', () => {
    const [long] = decode({ ...record, operation: 'o'.repeat(9000), trace_id: 't'.repeat(9000) }).plain
    expect([long?.operation.length, long?.traceId.length]).toEqual([4096, 128])
  })
})
