import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import { DEAD_REASONS, type DecodedRecord } from '../../../../layers/core/otlp/span.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { arbitraryRequest, comparable, expectedSpans } from './arbitrary-request.ts'
import {
  type Arrange,
  fieldWriters,
  jsonBytes,
  NOW_MS,
  toJson,
  toProtobuf,
  type WrittenField,
} from './written-request.ts'

const MAX_DECLARED = 100_000_000_000_000n as Picodollars
const decode = (value: Uint8Array): DecodedRecord => decodeRecord(value, NOW_MS as EpochMs, MAX_DECLARED)

/** Orders kinds of fields at random, keeps the order among equal ones, as protobuf requires. */
const shuffled =
  (seed: number): Arrange =>
  (fields) => {
    const rank = ({ field }: WrittenField) => Math.imul(field + seed, 0x9e3779b1) >>> 0
    return fields
      .map((each, index) => ({ each, index }))
      .sort((a, b) => rank(a.each) - rank(b.each) || a.index - b.index)
      .map(({ each }) => each)
  }

const { string, int64, double, fixed32 } = fieldWriters()
const STRANGERS = [string(77, 'new'), int64(1000, -1n), double(40, 1.5), fixed32(500, 7), string(1000, 'old layout')]
const withStrangers: Arrange = (fields) => [
  STRANGERS[0] as WrittenField,
  ...fields.flatMap((each) => [each, ...STRANGERS]),
]

describe('decodeRecord, for any request', () => {
  it('gives every span back as it was written, in protobuf', () =>
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const decoded = decode(toProtobuf(request))
        expect(decoded.dead).toEqual([])
        expect(decoded.spans.map(comparable)).toEqual(expectedSpans(request))
      }),
    ))

  it('gives equal spans in both encodings', () =>
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const json = decode(toJson(request))
        expect(json.format).toBe('otlp_json')
        expect(json.dead).toEqual([])
        expect(json.spans).toEqual(decode(toProtobuf(request)).spans)
      }),
    ))

  it('does not mind the order of fields', () =>
    fc.assert(
      fc.property(arbitraryRequest, fc.nat(), (request, seed) => {
        expect(decode(toProtobuf(request, shuffled(seed)))).toEqual(decode(toProtobuf(request)))
      }),
    ))

  it('skips fields it does not know, in every message', () =>
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        expect(decode(toProtobuf(request, withStrangers))).toEqual(decode(toProtobuf(request)))
      }),
      { numRuns: 40 },
    ))

  it('makes of two requests written one after the other the spans of both', () =>
    fc.assert(
      fc.property(arbitraryRequest, arbitraryRequest, (a, b) => {
        const both = decode(Buffer.concat([toProtobuf(a), toProtobuf(b)]))
        expect(both.spans).toEqual([...decode(toProtobuf(a)).spans, ...decode(toProtobuf(b)).spans])
      }),
      { numRuns: 40 },
    ))

  it('makes of every truncation one dead part, or the resources that came before the cut', () =>
    fc.assert(
      fc.property(arbitraryRequest, (request) => {
        const whole = toProtobuf(request)
        const spans = decode(whole).spans
        for (let length = 1; length < whole.length; length++) {
          const cut = decode(whole.subarray(0, length))
          if (cut.dead.length === 0) expect(cut.spans).toEqual(spans.slice(0, cut.spans.length))
          else expect(cut).toMatchObject({ spans: [], dead: [{ reason: 'truncated', spans: 1 }] })
        }
      }),
      { numRuns: 15 },
    ))
})

describe('decodeRecord, for anything else', () => {
  const isWhole = (decoded: DecodedRecord): void => {
    for (const part of decoded.dead) expect(DEAD_REASONS).toContain(part.reason)
    for (const span of decoded.spans) {
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(Number.isSafeInteger(span.durationNs) && span.durationNs >= 0).toBe(true)
      expect(Number.isInteger(span.endMs)).toBe(true)
      expect([0, 1, 2, 3, 4, 5]).toContain(span.kind)
    }
  }

  it('never throws on bytes, and books or letters all of them', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), (bytes, likeRequest) => {
        const decoded = decode(likeRequest ? Uint8Array.of(10, bytes.length & 127, ...bytes) : bytes)
        isWhole(decoded)
      }),
      { numRuns: 2000 },
    ))

  it('never throws on a request with some bytes changed, in either encoding', () =>
    fc.assert(
      fc.property(
        arbitraryRequest,
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 }),
        (request, json, changes) => {
          const bytes = json ? toJson(request) : toProtobuf(request)
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          isWhole(decode(bytes))
        },
      ),
      { numRuns: 500 },
    ))

  it('never throws on JSON of any shape under the names of OTLP and of the plain record', () => {
    const names = fc.constantFrom(
      ...[
        'resourceSpans',
        'resource',
        'scopeSpans',
        'scope',
        'spans',
        'attributes',
        'key',
        'value',
        'arrayValue',
        'values',
      ],
      ...[
        'name',
        'kind',
        'status',
        'code',
        'traceId',
        'endTimeUnixNano',
        'cost_amount',
        'service',
        'operation',
        'timestamp',
      ],
    )
    const json = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 7 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(names, tie('any'), { maxKeys: 4 }),
        fc.array(tie('any'), { maxLength: 3 }),
      ),
    })).any
    fc.assert(
      fc.property(fc.dictionary(names, json, { minKeys: 1 }), (root) => isWhole(decode(jsonBytes(root)))),
      { numRuns: 1000 },
    )
  })

  it.each(['[', '{"a":', '{"resourceSpans":[', '{"resourceSpans":[{"scopeSpans":[{"spans":['])(
    'survives a hundred thousand levels of %s',
    (level) => {
      expect(decode(new TextEncoder().encode(level.repeat(100_000))).dead).toMatchObject([{ reason: 'undecodable' }])
    },
  )
})
