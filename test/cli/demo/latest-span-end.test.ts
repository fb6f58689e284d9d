import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { latestSpanEnd } from '../../../cli/demo/latest-span-end.ts'
import { createTraffic } from '../../../cli/demo/traffic.ts'
import { startReceiver } from './receiver.ts'

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
const spans = (...list: unknown[]) => bytes({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] })
const span = (start: unknown, end: unknown) => ({ startTimeUnixNano: start, endTimeUnixNano: end })

const START = '1795334400000000000'
const END = '1795334400250999999'
const END_MS = 1_795_334_400_250

describe('latestSpanEnd', () => {
  it.each([
    ['decimal strings', spans(span(START, END)), END_MS],
    ['numbers', spans(span(1795334400000000000, 1795334401000000000)), 1_795_334_401_000],
    [
      'the latest of several',
      spans(span(START, END), span(START, '1795334400300000000'), span(START, START)),
      1_795_334_400_300,
    ],
  ])('reads %s', (_, record, expected) => {
    expect(latestSpanEnd(record)).toBe(expected)
  })

  it.each([
    ['no times', spans({})],
    ['no epoch nanoseconds', spans(span('100', '1100'))],
    ['milliseconds', spans(span('1795334400000', '1795334400250'))],
    ['an end before its start', spans(span(END, START))],
    ['text', spans(span(START, 'END_TIME'))],
    ['a fraction', spans(span(1.5, 2.5))],
    [
      'spans of the wrong type',
      bytes({ resourceSpans: [{ scopeSpans: [{ spans: { 0: span(START, END) } }] }, null, 3] }),
    ],
    ['other JSON', bytes([span(START, END)])],
    ['nothing', Buffer.alloc(0)],
  ])('finds no moment in %s', (_, record) => {
    expect(latestSpanEnd(record)).toBeUndefined()
  })

  it('looks past what is implausible', () => {
    expect(latestSpanEnd(spans(span('1', '2'), span(START, END), span(START, '99999999999999999999')))).toBe(END_MS)
  })

  it('finds in what the SDK exports the end of the span that ended last', async () => {
    const receiver = await startReceiver()
    const startMs = Date.UTC(2026, 10, 23, 8)
    const traffic = createTraffic({ endpoint: receiver.endpoint, seed: 7, startMs })
    for (let at = 1_000; at <= 60_000; at += 1_000) {
      const before = receiver.bodies.length
      await traffic.emitUntil(startMs + at)
      for (const body of receiver.bodies.slice(before)) {
        const end = latestSpanEnd(body)
        expect(end).toBeGreaterThanOrEqual(startMs + at - 1_000)
        expect(end).toBeLessThanOrEqual(startMs + at)
      }
    }
    expect(receiver.bodies.length).toBeGreaterThan(100)
    // Cut anywhere, a request still says no later moment than the whole of it.
    const [body = Buffer.alloc(0)] = receiver.bodies
    for (let length = 0; length < body.length; length += 7) {
      const end = latestSpanEnd(body.subarray(0, length))
      expect(end ?? 0).toBeLessThanOrEqual(latestSpanEnd(body) ?? 0)
    }
    await traffic.shutdown()
    await receiver.close()
  })

  it('never throws, whatever bytes arrive', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (record) => void latestSpanEnd(record)))
  })
})
