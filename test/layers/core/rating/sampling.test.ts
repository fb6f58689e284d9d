import { describe, expect, it } from 'vitest'
import { weightOf } from '../../../../layers/core/rating/sampling.ts'
import { contextOf } from './context.ts'
import { spanWith } from './spans.ts'

const weigh = (traceState: string, configured?: number) => weightOf(spanWith({}, { traceState }), 128, configured)

/** Ids by a linear congruential generator: the same ones on every run. */
function seededSpans(count: number, traceState: string) {
  let state = 42n
  const hex = (digits: number) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return state.toString(16).padStart(16, '0').slice(0, digits)
  }
  return Array.from({ length: count }, () =>
    spanWith({}, { traceState, traceId: `${hex(16)}${hex(16)}`, spanId: hex(16) }),
  )
}

describe('the weight of a span', () => {
  it.each([
    ['', 1, 'none'],
    ['ot=th:0', 1, 'th'],
    ['ot=th:8', 2, 'th'],
    ['ot=th:c', 4, 'th'],
    ['congo=t61rcWkgMzE,ot=rv:6e6d1a75832a2f;th:c', 4, 'th'],
    ['congo=t61rcWkgMzE, ot=th:8', 2, 'th'],
    ['ot=th:fe', 128, 'th'],
    ['ot=th:ff', 1, 'above-trusted'],
    ['ot=th:fe00000000001', 1, 'above-trusted'],
    ['ot=th:ffffffffffffff', 1, 'above-trusted'],
    ['ot=th:fffffffffffffff', 1, 'none'],
    ['ot=th:C', 1, 'none'],
    ['ot=th:', 1, 'none'],
    ['ot=th:-1', 1, 'none'],
    ['ot=rv:8', 1, 'none'],
    ['other=th:c', 1, 'none'],
    ['=,;ot', 1, 'none'],
  ])('with tracestate "%s" is %i (%s)', (traceState, weight, weightSource) => {
    expect(weigh(traceState)).toEqual({ weight, weightSource })
  })

  it('is the configured one where the span says none, and only there', () => {
    expect(weigh('', 10)).toEqual({ weight: 10, weightSource: 'configured' })
    expect(weigh('ot=th:XX', 10)).toEqual({ weight: 10, weightSource: 'configured' })
    expect(weigh('ot=th:8', 10)).toEqual({ weight: 2, weightSource: 'th' })
    expect(weigh('ot=th:ffffffffffffff', 10)).toEqual({ weight: 1, weightSource: 'above-trusted' })
    const rules = contextOf({ sampling: [{ service: 'prod/*', spansPerSpan: 5 }] }).rulesOf
    expect(rules('prod/shop').spansPerSpan).toBe(5)
    expect(rules('dev/shop').spansPerSpan).toBeUndefined()
  })

  it.each([
    ['4', 4 / 3],
    ['a', 16 / 6],
    ['fd70a', 99.998],
    ['55555555555555', 1.5],
  ])('with th:%s is %f on the mean, and one of its two neighbours on each span', (threshold, mean) => {
    const weights = seededSpans(40_000, `ot=th:${threshold}`).map((span) => weightOf(span, 128, undefined).weight)
    for (const weight of new Set(weights)) expect(Math.abs(weight - mean)).toBeLessThan(1)
    const measured = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
    // Four standard errors of a coin thrown 40,000 times: 4 x 0.5 / 200.
    expect(Math.abs(measured - mean)).toBeLessThan(0.01)
  })

  it('is unbiased among the spans that the sampler kept, who have high trace ids', () => {
    const kept = seededSpans(40_000, 'ot=th:4').filter(({ traceId }) => traceId.slice(18) >= '40000000000000')
    const measured = kept.reduce((sum, span) => sum + weightOf(span, 128, undefined).weight, 0) / kept.length
    expect(Math.abs(measured - 4 / 3)).toBeLessThan(0.012)
  })
})
