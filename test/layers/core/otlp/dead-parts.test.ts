import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { DeadPart, DecodedRecord } from '../../../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { arbitraryRequest } from './arbitrary-request.ts'
import {
  goodSpan,
  NOW_MS,
  requestOfSpans,
  toJson,
  toProtobuf,
  type WrittenRequest,
  type WrittenSpan,
} from './written-request.ts'

const decode = (value: Uint8Array, at = NOW_MS): DecodedRecord => decodeRecord(value, at as EpochMs, 0n as Picodollars)

const FAULTS: Partial<WrittenSpan>[] = [
  { traceId: '00' },
  { spanId: '' },
  { parentSpanId: 'ff' },
  { start: 1n, end: 2n },
]

const broken = (request: WrittenRequest, faults: readonly number[]): WrittenRequest => {
  let next = 0
  return {
    resources: request.resources.map((resource) => ({
      ...resource,
      scopes: resource.scopes.map((scope) => ({
        ...scope,
        spans: scope.spans.map((span) => ({ ...span, ...FAULTS[faults[next++ % faults.length] ?? -1] })),
      })),
    })),
  }
}

const ENCODINGS = [
  ['protobuf', toProtobuf],
  ['JSON', toJson],
] as const

describe.each(ENCODINGS)('the letter of a dead span in %s', (_, encode) => {
  it('is a request with that span alone, dead for the same reason', () =>
    fc.assert(
      fc.property(arbitraryRequest, fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }), (request, faults) => {
        for (const part of decode(encode(broken(request, faults))).dead) {
          const again = decode(part.body)
          expect(again.spans).toEqual([])
          expect(again.dead.map(({ reason, spans }) => [reason, spans])).toEqual([[part.reason, 1]])
          expect(again.dead[0]?.body).toEqual(part.body)
        }
      }),
    ))

  it('has its resource and its scope with it: once its time is possible, it is the span that it was', () =>
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const alive = decode(encode(request)).spans
        const late = decode(encode(request), NOW_MS + 30 * 86_400_000)
        expect(late.spans).toEqual([])
        expect(late.dead.flatMap(({ body }) => decode(body).spans)).toEqual(alive)
      }),
    ))

  it('is shared by reason beyond a hundred, and no span is lost', () => {
    const spans = Array.from({ length: 300 }, (_each, i) => ({ ...goodSpan, ...FAULTS[i % 2], name: `span ${i}` }))
    const value = encode(requestOfSpans(...spans))
    const { dead } = decode(value)
    expect(dead.map(({ spans: count }) => count)).toEqual([...Array.from({ length: 100 }, () => 1), 100, 100])
    expect(dead.slice(100).map(({ reason }) => reason)).toEqual(['invalid_trace_id', 'invalid_span_id'])
    for (const part of dead.slice(100)) expect(deadIn(part)).toBe(100)
  })

  it('does not multiply a large resource without end', () => {
    const request = requestOfSpans(...Array.from({ length: 200 }, () => ({ ...goodSpan, spanId: '' })))
    const [resource] = request.resources
    const large = {
      resources: [
        { scopes: resource?.scopes ?? [], attributes: [['padding', { string: 'x'.repeat(300_000) }] as const] },
      ],
    }
    const { dead } = decode(encode(large))
    expect(dead.reduce((sum, { spans }) => sum + spans, 0)).toBe(200)
    expect(dead.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(2_000_000)
  })
})

/** Spans that the letter's body holds, all of them dead for the letter's reason. */
function deadIn(part: DeadPart): number {
  const again = decode(part.body)
  expect(again.spans).toEqual([])
  expect(new Set(again.dead.map(({ reason }) => reason))).toEqual(new Set([part.reason]))
  return again.dead.reduce((sum, { spans }) => sum + spans, 0)
}
