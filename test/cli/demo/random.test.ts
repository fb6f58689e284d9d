import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../cli/demo/random.ts'

const draws = (seed: number, stream: number, index: number) => {
  const random = createRandom(seed, stream, index)
  return Array.from({ length: 4 }, () => random.bits())
}

describe('createRandom', () => {
  it('gives the same numbers for the same seed, stream and index', () => {
    expect(draws(7, 1, 2)).toEqual(draws(7, 1, 2))
  })

  it('gives other numbers when any of the three differs', () => {
    const sequences = [draws(7, 1, 2), draws(8, 1, 2), draws(7, 2, 1), draws(7, 1, 3), draws(0, 0, 0)]
    expect(new Set(sequences.map(String)).size).toBe(sequences.length)
  })

  it('reaches both ends of a range and nothing beyond, about evenly', () => {
    const random = createRandom(7, 0, 0)
    const counts = [0, 0, 0, 0, 0]
    for (let i = 0; i < 10_000; i++) {
      const index = random.between(3, 7) - 3
      counts[index] = (counts[index] ?? Number.NaN) + 1
    }
    expect(counts).toHaveLength(5)
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })

  it('draws ids of the asked length that do not repeat', () => {
    const random = createRandom(7, 0, 0)
    const ids = Array.from({ length: 1_000 }, () => random.hex(16))
    expect(ids.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(1_000)
  })
})
