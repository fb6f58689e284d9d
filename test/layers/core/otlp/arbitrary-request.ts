import fc from 'fast-check'
import { ATTRIBUTE_KEYS } from '../../../../layers/core/otlp/attributes.ts'
import type { Attributes, AttributeValue, Span } from '../../../../layers/core/otlp/span.ts'
import {
  NOW_MS,
  type WrittenAttribute,
  type WrittenRequest,
  type WrittenSpan,
  type WrittenValue,
} from './written-request.ts'

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }))

const value: fc.Arbitrary<WrittenValue> = fc.letrec<{ value: WrittenValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text.map((string) => ({ string })),
    fc.boolean().map((bool) => ({ bool })),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((int) => ({ int })),
    fc.integer().map((int) => ({ int: BigInt(int) })),
    // JSON has no negative zero
    fc.double().map((double) => ({ double: double === 0 ? 0 : double })),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytes })),
    fc.constant({ empty: true as const }),
    fc.array(tie('value'), { maxLength: 4 }).map((array) => ({ array })),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((list) => ({ list })),
  ),
})).value

const key = fc.oneof(
  { arbitrary: fc.constantFrom(...ATTRIBUTE_KEYS), weight: 4 },
  {
    arbitrary: fc.constantFrom('http.user_agent', '__proto__', 'constructor', 'service.nam', 'service.namE'),
    weight: 1,
  },
)
const attributes: fc.Arbitrary<WrittenAttribute[]> = fc.array(fc.tuple(key, value), { maxLength: 6 })

const hexId = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((id) => id.some((byte) => byte !== 0))
    .map((id) => Buffer.from(id).toString('hex'))

/** Ends within the hour before NOW_MS, lasts up to about 104 days: what can be booked. */
const span: fc.Arbitrary<WrittenSpan> = fc
  .record({
    traceId: hexId(16),
    spanId: hexId(8),
    parentSpanId: fc.oneof(fc.constant(''), hexId(8)),
    traceState: text,
    name: text,
    kind: fc.integer({ min: 0, max: 5 }),
    endedAgo: fc.bigInt({ min: 0n, max: 3_600_000_000_000n }),
    duration: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
    attributes,
    statusCode: fc.constantFrom(0, 1, 2),
    flags: fc.nat({ max: 0xffff_ffff }),
  })
  .map(({ endedAgo, duration, ...rest }) => {
    const end = BigInt(NOW_MS) * 1_000_000n - endedAgo
    return { ...rest, start: end - duration, end }
  })

export const arbitraryRequest: fc.Arbitrary<WrittenRequest> = fc.record({
  resources: fc.array(
    fc.record({
      attributes,
      scopes: fc.array(fc.record({ name: text, spans: fc.array(span, { maxLength: 3 }) }), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})

/** What a decoder must make of a request: the spans' own fields, and the attributes of span and resource. */
export const expectedSpans = (request: WrittenRequest): object[] =>
  request.resources.flatMap((resource) =>
    resource.scopes.flatMap((scope) =>
      scope.spans.map((written) => ({
        resourceAttributes: expectedAttributes(resource.attributes),
        scopeName: scope.name,
        traceId: written.traceId,
        spanId: written.spanId,
        parentSpanId: written.parentSpanId,
        traceState: written.traceState,
        flags: written.flags,
        name: written.name,
        kind: written.kind,
        endMs: Number(written.end / 1_000_000n),
        durationNs: Number(written.end - written.start),
        isError: written.statusCode === 2,
        attributes: expectedAttributes(written.attributes),
      })),
    ),
  )

/** A decoded span in the shape of `expectedSpans`. */
export const comparable = ({ resource, ...span }: Span): object => ({
  resourceAttributes: resource.attributes,
  ...span,
})

const expectedAttributes = (written: readonly WrittenAttribute[]): Attributes =>
  Object.fromEntries(
    written.filter(([name]) => ATTRIBUTE_KEYS.includes(name)).map(([name, v]) => [name, expectedValue(v)]),
  )

function expectedValue(written: WrittenValue): AttributeValue {
  if ('string' in written) return written.string
  if ('bool' in written) return written.bool
  if ('int' in written) return Number.isSafeInteger(Number(written.int)) ? Number(written.int) : written.int
  if ('double' in written) return written.double
  if ('array' in written) return written.array.map(expectedValue)
  if ('list' in written) return Object.fromEntries(written.list.map(([name, v]) => [name, expectedValue(v)]))
  if ('bytes' in written) return written.bytes
  return null
}
