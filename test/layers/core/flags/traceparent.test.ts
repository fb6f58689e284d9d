import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { traceIdOf } from '../../../../layers/core/flags/traceparent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('traceparent', () => {
  it('gives the trace id of the header of the specification', () => {
    expect(traceIdOf(`00-${TRACE}-${SPAN}-01`)).toBe(TRACE)
    expect(traceIdOf(` 00-${TRACE}-${SPAN}-00 `)).toBe(TRACE)
  })

  it('reads later versions, also where they go on', () => {
    expect(traceIdOf(`01-${TRACE}-${SPAN}-01`)).toBe(TRACE)
    expect(traceIdOf(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)).toBe(TRACE)
  })

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 that goes on', `00-${TRACE}-${SPAN}-01-more`],
    ['a later version that goes on without a dash', `01-${TRACE}-${SPAN}-01more`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['far too long', `01-${TRACE}-${SPAN}-01-${'x'.repeat(600)}`],
  ])('finds none where the header is %s', (_, header) => {
    expect(traceIdOf(header)).toBeUndefined()
  })

  it('gives 32 hex digits or nothing, whatever arrives', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(traceIdOf(text) ?? TRACE).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
  })
})
