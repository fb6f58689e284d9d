import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SHORT_HASH_MAX, shortHash } from '../../../../layers/core/identity/hash.ts'

describe('shortHash', () => {
  it('never changes, because stored names are made of it', () => {
    expect(shortHash('', 12)).toBe('n5ciib5ugi91')
    expect(shortHash('prod/checkout', 12)).toBe('p70l81ip8gv0')
  })

  it('has exactly the length asked for, in base 36, whatever the text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: SHORT_HASH_MAX }), (text, length) => {
        expect(shortHash(text, length)).toMatch(new RegExp(`^[0-9a-z]{${length}}$`))
      }),
    ))

  it('begins alike at every length, so that a longer id settles a collision', () =>
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: SHORT_HASH_MAX }), (text, length) => {
        expect(shortHash(text, SHORT_HASH_MAX).startsWith(shortHash(text, length))).toBe(true)
      }),
    ))

  it('tells 20,000 similar names apart at 10 digits', () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, i) => shortHash(`GET /api/v2/users/${i}`, 10)))
    expect(hashes.size).toBe(20_000)
  })

  it('spreads similar names evenly over every digit', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 36_000; i++) {
      const last = shortHash(`service-${i}`, 3).slice(-1)
      counts.set(last, (counts.get(last) ?? 0) + 1)
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
    expect(counts.size).toBe(36)
  })

  it.each([0, -1, 13, 1.5, Number.NaN])('refuses a length of %s', (length) => {
    expect(() => shortHash('x', length)).toThrow(RangeError)
  })
})
