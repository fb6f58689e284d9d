import { describe, expect, it } from 'vitest'
import { viewOf } from '../../../../layers/core/fast-fold/byte-table.ts'
import { contentStart, lengthAt } from '../../../../layers/core/fast-fold/lengths.ts'
import { startResource, startScope } from '../../../../layers/core/fast-fold/read-resource.ts'
import { ALONE, REFUSED, readSpan, startTimes } from '../../../../layers/core/fast-fold/read-span.ts'
import { createReader, type Reader } from '../../../../layers/core/fast-fold/reader.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import {
  goodSpan,
  NOW_MS,
  requestOfSpans,
  toProtobuf,
  type WrittenAttribute,
  type WrittenSpan,
} from '../otlp/written-request.ts'
import { contextOf } from '../rating/context.ts'

const string = (text: string) => ({ string: text })

/** Reads a request of one span, as fold-bytes.ts walks to it. */
function readOnly(reader: Reader, span: WrittenSpan) {
  reader.view = viewOf(toProtobuf(requestOfSpans(span)))
  startTimes(reader, NOW_MS as EpochMs)
  const { view } = reader
  const fieldAt = (at: number) => {
    const start = contentStart(view, at + 1)
    return { start, end: start + lengthAt(view, at + 1) }
  }
  const resourceSpans = fieldAt(0)
  const resource = fieldAt(resourceSpans.start)
  const scopeSpans = fieldAt(resource.end)
  const scope = fieldAt(scopeSpans.start)
  const only = fieldAt(scope.end)
  startResource(reader, resourceSpans.start, resourceSpans.end, resource.start, resource.end)
  startScope(reader, scope.start, scope.end)
  return readSpan(reader, view, only.start, only.end)
}

const spanOf = (attributes: readonly WrittenAttribute[], over: Partial<WrittenSpan> = {}): WrittenSpan => ({
  ...goodSpan,
  attributes,
  ...over,
})

const pathSpan = (path: string): WrittenSpan =>
  spanOf([
    ['http.request.method', string('GET')],
    ['url.path', string(path)],
  ])

describe('a span read from its bytes', () => {
  const context = contextOf({}, [{ service: '*', usdPerMs: '0.001' }])

  it.each<[string, WrittenSpan, WrittenSpan]>([
    ['another id in its path', pathSpan('/users/123'), pathSpan('/users/456')],
    ['a uuid for a number', pathSpan('/users/123/x'), pathSpan('/users/0b2f3c9e-1111-4222-8333-444455556666/x')],
    ['a query', pathSpan('/users/1'), pathSpan('/users/1?a=b')],
    ['an invocation of its own', invocation('a-1'), invocation('b-2')],
    ['an attribute that nothing reads', spanOf([]), spanOf([['app.user', string('u-77')]])],
    ['tokens', spanOf(tokensIn(5n)), spanOf(tokensIn(77n))],
    ['a generated name', spanOf([], { name: 'job 123' }), spanOf([], { name: 'job 4567' })],
    ['a declared cost, where it is rated here', declares('0.1'), declares('0.25')],
    ['a tracestate of its own', spanOf([], { traceState: 'dd=p:1' }), spanOf([], { traceState: 'dd=p:2' })],
    ['the same weight', spanOf([], { traceState: 'ot=th:8' }), spanOf([], { traceState: 'x=1,ot=th:8;rv:1' })],
  ])('shares the plan of one that differs by %s', (_, first, second) => {
    const reader = createReader(context)
    const plan = readOnly(reader, first)
    expect(plan).toBeGreaterThanOrEqual(0)
    expect(readOnly(reader, second)).toBe(plan)
  })

  it.each<[string, WrittenSpan, WrittenSpan]>([
    ['its route', spanOf(route('/a')), spanOf(route('/b'))],
    ['its path', pathSpan('/users/1'), pathSpan('/carts/1')],
    ['its kind', spanOf([]), spanOf([], { kind: 1 })],
    ['its parent', spanOf([]), spanOf([], { parentSpanId: '00f067aa0ba902b7' })],
    ['an error', spanOf([]), spanOf([], { statusCode: 2 })],
    ['its weight', spanOf([]), spanOf([], { traceState: 'ot=th:8' })],
  ])('has another plan than one that differs by %s', (_, first, second) => {
    const reader = createReader(context)
    const plan = readOnly(reader, first)
    expect(readOnly(reader, second)).not.toBe(plan)
    expect(readOnly(reader, first)).toBe(plan)
  })

  it.each<[string, WrittenSpan]>([
    ['reads tokens from a cache', spanOf([['gen_ai.usage.cache_read.input_tokens', { int: 5n }]], { kind: 3 })],
    ['took no tokens', spanOf([['gen_ai.usage.input_tokens', { int: 0n }]], { kind: 3 })],
    ['took too many tokens for the usual price', spanOf([['gen_ai.usage.input_tokens', { int: 200_001n }]])],
    ['says tokens in two ways', spanOf([...tokensIn(5n), ['gen_ai.usage.prompt_tokens', { int: 6n }]])],
    ['stands for a third more than itself', spanOf([], { traceState: 'ot=th:4' })],
    ['says an attribute twice', spanOf([...route('/a'), ...route('/b')])],
    ['has a kind of two bytes', spanOf([], { kind: 300 })],
  ])('is left to the raters where it %s', (_, span) => {
    expect(readOnly(createReader(context), span)).toBe(ALONE)
  })

  it('is left to the raters where there is no room for the pattern of its path, and all is learnt anew before the next record', () => {
    const reader = createReader(context)
    reader.targets.size = 2 ** 15
    expect(readOnly(reader, pathSpan('/users/1'))).toBe(ALONE)
    expect(reader.isFull).toBe(true)
  })

  it.each<[string, Partial<WrittenSpan>]>([
    ['no trace id', { traceId: '' }],
    ['an end before its start', { start: goodSpan.end + 1n }],
    ['an end days ahead', { end: goodSpan.end + 10n ** 15n }],
  ])('is left to the plain decoder with %s', (_, over) => {
    expect(readOnly(createReader(context), { ...goodSpan, ...over })).toBe(REFUSED)
  })
})

function tokensIn(int: bigint): WrittenAttribute[] {
  return [['gen_ai.usage.input_tokens', { int }]]
}

function route(path: string): WrittenAttribute[] {
  return [
    ['http.request.method', string('GET')],
    ['http.route', string(path)],
  ]
}

function invocation(id: string): WrittenSpan {
  return spanOf([['faas.invocation_id', string(id)]])
}

function declares(usd: string): WrittenSpan {
  return spanOf([...route('/a'), ['cost.amount', string(usd)]])
}
