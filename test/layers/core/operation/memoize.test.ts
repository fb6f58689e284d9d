import { describe, expect, it } from 'vitest'
import { memoize } from '../../../../layers/core/operation/memoize.ts'

describe('memoize', () => {
  it('asks once for a string that it remembers, and forgets all when it is full', () => {
    const asked: string[] = []
    const length = memoize((text) => asked.push(text) && text.length, 2)
    expect(['a', 'a', 'bb', 'a', 'ccc', 'a'].map(length)).toEqual([1, 1, 2, 1, 3, 1])
    expect(asked).toEqual(['a', 'bb', 'ccc', 'a'])
  })

  it('does not keep long strings', () => {
    const asked: string[] = []
    const length = memoize((text) => asked.push(text) && text.length, 2)
    const long = 'x'.repeat(257)
    expect([long, long].map(length)).toEqual([257, 257])
    expect(asked).toHaveLength(2)
  })
})
