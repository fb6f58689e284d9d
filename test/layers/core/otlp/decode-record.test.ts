import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import { decodeRecord } from '../../../../layers/core/otlp/decode-record.ts'
import type { AttributeValue, DecodedRecord, Span } from '../../../../layers/core/otlp/span.ts'
import { type EpochMs, minuteOf } from '../../../../layers/core/time/instants.ts'
import {
  fieldWriters,
  goodSpan,
  jsonBytes,
  NOW_MS,
  requestOfSpans,
  tagged,
  toJson,
  toProtobuf,
  type WrittenSpan,
  type WrittenValue,
} from './written-request.ts'

const decode = (value: Uint8Array, at = NOW_MS): DecodedRecord =>
  decodeRecord(value, at as EpochMs, 100_000_000_000_000n as Picodollars)
const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const reasons = (decoded: DecodedRecord): string[] => decoded.dead.map(({ reason }) => reason)

/** The one span of a record that must have no dead part. */
function spanOf(decoded: DecodedRecord): Span {
  expect(decoded.dead).toEqual([])
  expect(decoded.spans).toHaveLength(1)
  return decoded.spans[0] as Span
}

const NOW_NS = BigInt(NOW_MS) * 1_000_000n
const MINUTE_NS = 60_000_000_000n
const DAY_NS = 1440n * MINUTE_NS

const ENCODINGS = [
  ['protobuf', toProtobuf],
  ['JSON', toJson],
] as const

describe.each(ENCODINGS)('one span in %s', (_, encode) => {
  const decodeSpan = (change: Partial<WrittenSpan>) => decode(encode(requestOfSpans({ ...goodSpan, ...change })))

  it.each<[string, Partial<WrittenSpan>, string]>([
    ['no trace id', { traceId: '' }, 'invalid_trace_id'],
    ['a trace id of 15 bytes', { traceId: '11'.repeat(15) }, 'invalid_trace_id'],
    ['a trace id of 17 bytes', { traceId: '11'.repeat(17) }, 'invalid_trace_id'],
    ['a trace id of zeros', { traceId: '00'.repeat(16) }, 'invalid_trace_id'],
    ['no span id', { spanId: '' }, 'invalid_span_id'],
    ['a span id of 9 bytes', { spanId: '11'.repeat(9) }, 'invalid_span_id'],
    ['a span id of zeros', { spanId: '00'.repeat(8) }, 'invalid_span_id'],
    ['a parent id of 4 bytes', { parentSpanId: '11223344' }, 'invalid_parent_span_id'],
    ['no times', { start: 0n, end: 0n }, 'impossible_time'],
    ['times in milliseconds', { start: BigInt(NOW_MS), end: BigInt(NOW_MS) }, 'impossible_time'],
    ['times in microseconds', { start: NOW_NS / 1000n, end: NOW_NS / 1000n }, 'impossible_time'],
    ['no start', { start: 0n }, 'impossible_time'],
    ['a start just below 10^18', { start: 10n ** 18n - 1n }, 'impossible_time'],
    ['an end of 10^19', { end: 10n ** 19n }, 'impossible_time'],
    ['the largest times there are', { start: 2n ** 64n - 1n, end: 2n ** 64n - 1n }, 'impossible_time'],
    ['an end 1 ns before its start', { start: NOW_NS, end: NOW_NS - 1n }, 'impossible_time'],
    ['a duration of 2^53 ns', { start: NOW_NS - 2n ** 53n, end: NOW_NS }, 'impossible_time'],
    ['an end 5 minutes and 1 ms ahead', { end: NOW_NS + 5n * MINUTE_NS + 1_000_000n }, 'impossible_time'],
    [
      'an end 7 days and 1 ms behind',
      { start: NOW_NS - 8n * DAY_NS, end: NOW_NS - 7n * DAY_NS - 1_000_000n },
      'impossible_time',
    ],
    ['several faults: the first counts', { traceId: '', spanId: '', end: 0n }, 'invalid_trace_id'],
  ])('%s is dead', (_name, change, reason) => {
    const decoded = decodeSpan(change)
    expect(decoded.spans).toEqual([])
    expect(reasons(decoded)).toEqual([reason])
    expect(decoded.dead[0]?.detail).toContain('resourceSpans[0].scopeSpans[0].spans[0]')
  })

  it.each<[string, Partial<WrittenSpan>, Partial<Span>]>([
    ['a parent of zeros is none', { parentSpanId: '00'.repeat(8) }, { parentSpanId: '' }],
    ['a parent', { parentSpanId: 'AABBCCDDEEFF0011' }, { parentSpanId: 'aabbccddeeff0011' }],
    ['a duration of nothing', { start: NOW_NS, end: NOW_NS }, { durationNs: 0 }],
    ['a duration of 2^53 - 1 ns', { start: NOW_NS - 2n ** 53n + 1n, end: NOW_NS }, { durationNs: 2 ** 53 - 1 }],
    ['an end 5 minutes ahead', { end: NOW_NS + 5n * MINUTE_NS }, { endMs: (NOW_MS + 300_000) as EpochMs }],
    [
      'an end 7 days behind',
      { start: NOW_NS - 7n * DAY_NS, end: NOW_NS - 7n * DAY_NS },
      { endMs: (NOW_MS - 604_800_000) as EpochMs },
    ],
    ['the last nanosecond of a millisecond', { end: NOW_NS - 1n }, { endMs: (NOW_MS - 1) as EpochMs }],
    ['the first nanosecond of one', { end: NOW_NS }, { endMs: NOW_MS as EpochMs }],
    ['a kind of tomorrow', { kind: 6 }, { kind: 0 }],
    ['status ok', { statusCode: 1 }, { isError: false }],
    ['status error', { statusCode: 2 }, { isError: true }],
    ['flags of bit 31', { flags: 0x8000_0301 }, { flags: 0x8000_0301 }],
    ['a tracestate of 512', { traceState: 'a'.repeat(512) }, { traceState: 'a'.repeat(512) }],
    ['a tracestate of 513', { traceState: 'a'.repeat(513) }, { traceState: '' }],
    ['a name of 5000', { name: 'é'.repeat(5000) }, { name: 'é'.repeat(4096) }],
    ['a name of 5000, three bytes each', { name: `x${'€'.repeat(5000)}` }, { name: `x${'€'.repeat(4095)}` }],
    ['a name of 5000 pairs', { name: '😀'.repeat(5000) }, { name: '😀'.repeat(2048) }],
  ])('%s', (_name, change, expected) => {
    expect(spanOf(decodeSpan(change))).toMatchObject(expected)
  })

  it('books a span in the minute in which it ended, to the nanosecond', () => {
    const edge = NOW_NS - (NOW_NS % MINUTE_NS)
    const minuteOfEnd = (end: bigint) => minuteOf(spanOf(decodeSpan({ start: edge - MINUTE_NS, end })).endMs)
    const minute = Number(edge / MINUTE_NS)
    expect(minuteOfEnd(edge - 1n)).toBe(minute - 1)
    expect(minuteOfEnd(edge)).toBe(minute)
    expect(minuteOfEnd(edge + 1n)).toBe(minute)
  })

  it('knows the millisecond and the duration of any two times, exactly', () =>
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10n ** 18n, max: 10n ** 19n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 40n }),
        (end, ns) => {
          const start = end - ns < 10n ** 18n ? end : end - ns
          const at = Number(end / 1_000_000n)
          const span = spanOf(decode(encode(requestOfSpans({ ...goodSpan, start, end })), at))
          expect([span.endMs, span.durationNs]).toEqual([at, Number(end - start)])
        },
      ),
    ))

  it.each<[string, WrittenValue, AttributeValue]>([
    ['an empty value', { empty: true }, null],
    ['an empty string', { string: '' }, ''],
    ['a long string', { string: 'x'.repeat(5000) }, 'x'.repeat(4096)],
    ['false', { bool: false }, false],
    ['2^53 - 1', { int: 2n ** 53n - 1n }, 2 ** 53 - 1],
    ['2^53', { int: 2n ** 53n }, 2n ** 53n],
    ['-1', { int: -1n }, -1],
    ['the least int64', { int: -(2n ** 63n) }, -(2n ** 63n)],
    ['NaN', { double: Number.NaN }, Number.NaN],
    ['-Infinity', { double: Number.NEGATIVE_INFINITY }, Number.NEGATIVE_INFINITY],
    ['bytes', { bytes: Uint8Array.of(0, 255, 10) }, Uint8Array.of(0, 255, 10)],
    ['many bytes', { bytes: new Uint8Array(5000) }, new Uint8Array(4096)],
    ['an empty array', { array: [] }, []],
    [
      'a long array',
      { array: Array.from({ length: 200 }, () => ({ bool: true })) },
      Array.from({ length: 128 }, () => true),
    ],
    [
      'a list',
      {
        list: [
          ['a', { int: 1n }],
          ['b', { empty: true }],
        ],
      },
      { a: 1, b: null },
    ],
    [
      'the last of equal keys',
      {
        list: [
          ['a', { int: 1n }],
          ['a', { int: 2n }],
        ],
      },
      { a: 2 },
    ],
  ])('an attribute of %s', (_name, value, expected) => {
    expect(spanOf(decodeSpan({ attributes: [['cost.amount', value]] })).attributes).toEqual({ 'cost.amount': expected })
  })

  it('keeps values 16 levels deep and makes null of what is deeper', () => {
    const nested = (levels: number): WrittenValue => (levels === 1 ? { bool: true } : { array: [nested(levels - 1)] })
    const kept = (levels: number): string =>
      JSON.stringify(spanOf(decodeSpan({ attributes: [['cost.amount', nested(levels)]] })).attributes['cost.amount'])
    expect(kept(16)).toBe(`${'['.repeat(15)}true${']'.repeat(15)}`)
    expect(kept(17)).toBe(`${'['.repeat(16)}null${']'.repeat(16)}`)
    expect(kept(50)).toBe(kept(17))
  })

  it('keeps a kvlist key that would be a prototype elsewhere as data', () => {
    const span = spanOf(decodeSpan({ attributes: [['cost.amount', { list: [['__proto__', { int: 1n }]] }]] }))
    expect(Object.entries(span.attributes['cost.amount'] as object)).toEqual([['__proto__', 1]])
    expect(span.attributes.constructor).toBeUndefined()
  })

  it('keeps every key of the list, and at most 128', () => {
    const span = spanOf(decodeSpan({ attributes: ATTRIBUTE_KEYS.map((key) => [key, { string: key }]) }))
    expect(span.attributes).toEqual(Object.fromEntries(ATTRIBUTE_KEYS.map((key) => [key, key])))
    expect(new Set(ATTRIBUTE_KEYS).size).toBe(ATTRIBUTE_KEYS.length)
    expect(ATTRIBUTE_KEYS.length).toBeLessThanOrEqual(128)
  })

  it('finds the service, its environment and its commit in the resource', () => {
    const [resource] = requestOfSpans(goodSpan).resources
    const attributes: [string, WrittenValue][] = [
      ['service.name', { string: 'checkout' }],
      ['deployment.environment', { string: 'prod' }],
      ['service.version', { string: '1.2.3' }],
    ]
    const span = spanOf(decode(encode({ resources: [{ scopes: resource?.scopes ?? [], attributes }] })))
    expect(span.resource).toMatchObject({ service: 'prod/checkout', environment: 'prod', commit: '1.2.3' })
  })

  it('books the neighbours of a dead span', () => {
    const bad = { ...goodSpan, spanId: '' }
    const decoded = decode(encode(requestOfSpans(goodSpan, bad, { ...goodSpan, name: 'after' })))
    expect(decoded.spans.map(({ name }) => name)).toEqual(['GET /cart', 'after'])
    expect(decoded.dead.map(({ reason, spans }) => [reason, spans])).toEqual([['invalid_span_id', 1]])
  })
})

describe('protobuf', () => {
  const { message, string, bytes, int32, fixed64 } = fieldWriters()
  const requestOf = (...fields: ReturnType<typeof string>[]) => new Uint8Array(message(1, fields).bytes)
  const id = (hex: string) => Buffer.from(hex, 'hex')
  const spanFields = [
    bytes(1, id(goodSpan.traceId)),
    bytes(2, id(goodSpan.spanId)),
    fixed64(7, goodSpan.start),
    fixed64(8, goodSpan.end),
  ]
  const inScope = (...fields: ReturnType<typeof string>[]) => message(2, [message(2, [...spanFields, ...fields])])

  it('takes an empty record for a request without spans', () => {
    expect(decode(new Uint8Array())).toEqual({ format: 'otlp_proto', spans: [], plain: [], dead: [] })
    expect(decode(Uint8Array.of(10, 0))).toEqual({ format: 'otlp_proto', spans: [], plain: [], dead: [] })
  })

  it('lets the last of a scalar win', () => {
    const span = spanOf(decode(requestOf(inScope(string(5, 'first'), int32(6, 2), string(5, 'last'), int32(6, 3)))))
    expect(span).toMatchObject({ name: 'last', kind: 3 })
  })

  it('merges resource, scope, status and values that come in pieces, before or after the spans', () => {
    const attribute = (field: number, key: string, ...pieces: ReturnType<typeof string>[][]) =>
      message(field, [string(1, key), ...pieces.map((piece) => message(2, piece))])
    const span = spanOf(
      decode(
        requestOf(
          message(1, [attribute(1, 'service.name', [string(1, 'checkout')])]),
          message(2, [
            message(1, [string(1, 'scope')]),
            message(2, [
              ...spanFields,
              message(15, [int32(3, 2)]),
              message(15, [string(2, 'why')]),
              attribute(
                9,
                'aws.dynamodb.table_names',
                [message(5, [message(1, [string(1, 'a')])])],
                [message(5, [message(1, [string(1, 'b')])])],
              ),
              attribute(
                9,
                'cost.amount',
                [message(6, [attribute(1, 'a', [int32(3, 1)])])],
                [message(6, [attribute(1, 'b', [int32(3, 2)])])],
              ),
              attribute(9, 'cost.currency', [string(1, 'old')], [int32(3, 5)]),
            ]),
            message(1, [string(2, 'version')]),
          ]),
          message(1, [attribute(1, 'service.version', [string(1, '1.2.3')])]),
        ),
      ),
    )
    expect(span).toMatchObject({
      scopeName: 'scope',
      isError: true,
      resource: { service: 'checkout', commit: '1.2.3' },
    })
    expect(span.attributes).toEqual({
      'aws.dynamodb.table_names': ['a', 'b'],
      'cost.amount': { a: 1, b: 2 },
      'cost.currency': 5,
    })
  })

  it('passes over an attribute that is not kept, whatever its value holds', () => {
    const broken = Buffer.from([0x0a, 0xff])
    const attribute = (key: string) => message(9, [string(1, key), bytes(2, broken)])
    expect(spanOf(decode(requestOf(inScope(attribute('app.user'))))).attributes).toEqual({})
    expect(decode(requestOf(inScope(attribute('http.route')))).dead.map(({ reason }) => reason)).toEqual(['truncated'])
  })

  it('takes a known field of another wire type for an unknown one', () => {
    expect(spanOf(decode(requestOf(inScope(int32(5, 7), string(6, 'server'), int32(9, 1)))))).toMatchObject({
      name: '',
      kind: 0,
    })
  })

  it('skips field 1000 of ResourceSpans, the layout of 2021', () => {
    const old = message(1000, [message(2, spanFields)])
    expect(decode(requestOf(old, inScope())).spans).toHaveLength(1)
  })

  it.each<[string, Uint8Array, string]>([
    ['a length beyond the record', Uint8Array.of(10, 5, 1), 'truncated'],
    ['a length of 2^63', Uint8Array.of(10, 255, 255, 255, 255, 255, 255, 255, 255, 127, 0), 'truncated'],
    ['a tag alone', Uint8Array.of(10), 'truncated'],
    ['a varint without end', Uint8Array.of(10, 0, 16, 255), 'truncated'],
    ['a varint of 11 bytes', Uint8Array.of(10, 0, 16, ...Array.from({ length: 11 }, () => 255)), 'undecodable'],
    ['a group', Uint8Array.of(10, 0, 19, 20), 'undecodable'],
    ['wire type 6', Uint8Array.of(10, 0, 22), 'undecodable'],
    ['field number 0', Uint8Array.of(10, 0, 0), 'undecodable'],
    ['a field that outgrows its message', Uint8Array.of(10, 2, 18, 3, 1, 1, 1), 'truncated'],
    ['unknown fields alone', new Uint8Array(string(9, 'what').bytes), 'undecodable'],
    [
      'a broken attribute',
      requestOf(inScope(message(9, [string(1, 'cost.amount'), tagged(2, 2, Buffer.of(1, 10))]))),
      'truncated',
    ],
  ])('refuses the whole record for %s', (_name, bytesOf, reason) => {
    const decoded = decode(bytesOf)
    expect(decoded).toMatchObject({ spans: [], plain: [], dead: [{ reason, spans: 1 }] })
    expect(decoded.dead[0]?.body).toBe(bytesOf)
  })

  it('does not lose the spans of a record to text that is no UTF-8', () => {
    expect(spanOf(decode(requestOf(inScope(bytes(5, Buffer.of(0x41, 0xff, 0x42)))))).name).toBe('A\ufffdB')
  })
})

describe('JSON', () => {
  const spanJson = {
    traceId: goodSpan.traceId,
    spanId: goodSpan.spanId,
    startTimeUnixNano: String(goodSpan.start),
    endTimeUnixNano: String(goodSpan.end),
  }
  const inRequest = (...spans: unknown[]) => jsonBytes({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  const withAttribute = (value: unknown, key = 'cost.amount') =>
    inRequest({ ...spanJson, attributes: [{ key, value }] })

  it.each<[string, object]>([
    ['kind by name', { kind: 'SPAN_KIND_SERVER' }],
    ['kind as a fraction', { kind: 1.5 }],
    ['a name that is a number', { name: 5 }],
    ['a trace id that is a number', { traceId: 5 }],
    ['a status by name', { status: { code: 'STATUS_CODE_ERROR' } }],
    ['a status that is a number', { status: 2 }],
    ['attributes as an object', { attributes: { a: 1 } }],
    ['an attribute that is null', { attributes: [null] }],
    ['a key that is a number', { attributes: [{ key: 1 }] }],
    ['negative flags', { flags: -1 }],
    ['flags of 33 bits', { flags: 2 ** 32 }],
    ['a time that is no integer', { endTimeUnixNano: 1.5 }],
    ['a time with an exponent', { endTimeUnixNano: '1.7e18' }],
    ['an empty time', { endTimeUnixNano: '' }],
    ['a negative time', { endTimeUnixNano: '-1' }],
    ['a time of 21 digits', { endTimeUnixNano: '1'.repeat(21) }],
    ['a time that is a date', { endTimeUnixNano: '2026-11-23T08:07:30Z' }],
  ])('%s makes a malformed span, and its neighbours live', (_name, change) => {
    const decoded = decode(inRequest(spanJson, { ...spanJson, ...change }, spanJson))
    expect(reasons(decoded)).toEqual(['malformed_span'])
    expect(decoded.dead[0]?.detail).toMatch(/^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[1\]/)
    expect(decoded.spans).toHaveLength(2)
  })

  it.each([null, 1, 'span', []])('%j in place of a span is a malformed span', (span) => {
    const decoded = decode(inRequest(span, spanJson))
    expect(reasons(decoded)).toEqual(['malformed_span'])
    expect(decoded.spans).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['a string that is a number', { stringValue: 1 }],
    ['an int that is a fraction', { intValue: 1.5 }],
    ['an int that is text', { intValue: 'one' }],
    ['an int of 65 bits', { intValue: '18446744073709551616' }],
    ['a double that is text', { doubleValue: 'much' }],
    ['a bool that is a string', { boolValue: 'true' }],
    ['bytes that are no base64', { bytesValue: '!' }],
    ['an array that is none', { arrayValue: [] }],
    ['an array of bare values', { arrayValue: { values: ['a'] } }],
    ['a value of two types', { stringValue: 'a', intValue: 1 }],
    ['a bare value', 'a'],
  ])('%s makes a malformed span where cost needs the key, and is skipped where not', (_name, value) => {
    expect(reasons(decode(withAttribute(value)))).toEqual(['malformed_span'])
    expect(spanOf(decode(withAttribute(value, 'http.user_agent'))).attributes).toEqual({})
  })

  it.each<[string, unknown, AttributeValue]>([
    ['an int as a number', { intValue: 7 }, 7],
    ['an int beyond 2^53 as a number', { intValue: 2 ** 60 }, 2n ** 60n],
    ['a double as text', { doubleValue: '1e-7' }, 1e-7],
    ['a double that is infinite', { doubleValue: 'Infinity' }, Number.POSITIVE_INFINITY],
    ['url-safe base64 without padding', { bytesValue: '_-8' }, Uint8Array.of(0xff, 0xef)],
    ['a member that is null', { stringValue: null, intValue: 1 }, 1],
    ['unknown members', { newValue: 1 }, null],
    ['null', null, null],
  ])('reads %s', (_name, value, expected) => {
    expect(spanOf(decode(withAttribute(value))).attributes['cost.amount']).toEqual(expected)
  })

  it('reads times given as numbers as exactly as they were sent', () => {
    const span = spanOf(
      decode(inRequest({ ...spanJson, startTimeUnixNano: NOW_MS * 1e6 - 2 ** 20, endTimeUnixNano: NOW_MS * 1e6 })),
    )
    expect(span).toMatchObject({ endMs: NOW_MS, durationNs: 2 ** 20 })
  })

  it('ignores unknown names, snake case among them, and takes null for absent', () => {
    const decoded = decode(
      jsonBytes({
        more: 1,
        resourceSpans: [
          {
            resource: null,
            schemaUrl: 'x',
            scopeSpans: [
              {
                scope: null,
                spans: [{ ...spanJson, parentSpanId: null, status: null, attributes: null, end_time: 1, events: 3 }],
              },
            ],
          },
        ],
      }),
    )
    expect(spanOf(decoded)).toMatchObject({ parentSpanId: '', scopeName: '', resource: { service: 'unknown_service' } })
  })

  it.each<[string, unknown, string]>([
    ['resourceSpans of another type', { resourceSpans: {} }, 'malformed'],
    ['resourceSpans of numbers', { resourceSpans: [1] }, 'malformed'],
    ['scopeSpans of another type', { resourceSpans: [{ scopeSpans: {} }] }, 'malformed'],
    ['scopeSpans of nulls', { resourceSpans: [{ scopeSpans: [null] }] }, 'malformed'],
    ['spans of another type', { resourceSpans: [{ scopeSpans: [{ spans: {} }] }] }, 'malformed'],
    ['a resource of another type', { resourceSpans: [{ resource: 1 }] }, 'malformed'],
    ['a scope name of another type', { resourceSpans: [{ scopeSpans: [{ scope: { name: 1 } }] }] }, 'malformed'],
    ['logs', { resourceLogs: [] }, 'wrong_signal'],
    ['metrics', { resourceMetrics: [] }, 'wrong_signal'],
    ['an array', [], 'not_spans'],
    ['snake case', { resource_spans: [] }, 'not_spans'],
    ['something else', { traceId: 'x' }, 'not_spans'],
  ])('refuses the whole record for %s', (_name, root, reason) => {
    const body = jsonBytes(root)
    const decoded = decode(body)
    expect(decoded).toMatchObject({ spans: [], plain: [], dead: [{ reason, spans: 1 }] })
    expect(decoded.dead[0]?.body).toBe(body)
  })

  it.each([
    {},
    { resourceSpans: [] },
    { resourceSpans: null },
    { resourceSpans: [{}] },
    { resourceSpans: [{ scopeSpans: [{}] }] },
  ])('takes %j for a request without spans', (root) => {
    expect(decode(jsonBytes(root))).toEqual({ format: 'otlp_json', spans: [], plain: [], dead: [] })
  })

  it('refuses a record whose dead span nests too deep to be written again', () => {
    const deep = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}]}]}]}`
    expect(decode(text(deep)).dead).toMatchObject([{ reason: 'malformed', spans: 1 }])
  })
})

describe('the choice of encoding', () => {
  const json = new TextDecoder().decode(toJson(requestOfSpans(goodSpan)))

  it.each([' ', '\n', '\r\n\t ', '\ufeff'])('takes JSON after %j for JSON', (before) => {
    expect(decode(text(before + json))).toMatchObject({ format: 'otlp_json', spans: [{ name: 'GET /cart' }] })
  })

  it('takes a protobuf record for protobuf though its first length is a brace', () => {
    const request = toProtobuf(requestOfSpans({ ...goodSpan, name: '' }))
    const padding = 0x7b - (request.length - 2)
    const padded = toProtobuf(requestOfSpans({ ...goodSpan, name: 'x'.repeat(padding) }))
    expect([...padded.subarray(0, 2)]).toEqual([0x0a, 0x7b])
    expect(decode(padded)).toMatchObject({ format: 'otlp_proto', spans: [{ spanId: goodSpan.spanId }] })
  })

  it.each(['{', '[1,', '{"resourceSpans":[', '  {oops}', 'hello', '<xml/>', 'null', '"text"', '17'])(
    'refuses %j',
    (content) => {
      const decoded = decode(text(content))
      expect(decoded).toMatchObject({ format: 'unknown', spans: [], plain: [], dead: [{ spans: 1 }] })
      expect(['undecodable', 'truncated']).toContain(decoded.dead[0]?.reason)
    },
  )
})
