import { describe, expect, it } from 'vitest'
import { cpuPerRecord } from './cpu-of-process.ts'
import { quantile } from './quantile.ts'

describe('the CPU a record', () => {
  it('counts from where the greater part of the topic has warmed the consumer up to where it comes to the end, and no idling', () => {
    const seen = [
      { records: 10, cpuSeconds: 90 },
      { records: 60, cpuSeconds: 100 },
      { records: 90, cpuSeconds: 103 },
      { records: 100, cpuSeconds: 104 },
      { records: 100, cpuSeconds: 109 },
    ]
    expect(cpuPerRecord(seen.slice(0, 4), 100)).toBe(4 / 40)
    expect(cpuPerRecord(seen, 100)).toBe(4 / 40)
  })

  it('is not made up of one look', () => {
    expect(() => cpuPerRecord([{ records: 100, cpuSeconds: 1 }], 100)).toThrow('make the topic larger')
    expect(() => cpuPerRecord([], 100)).toThrow('make the topic larger')
  })
})

describe('a quantile', () => {
  it('is a value that was seen, by nearest rank', () => {
    expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3)
    expect(quantile([5, 1, 4, 2, 3], 0.99)).toBe(5)
    expect(quantile([7], 0.01)).toBe(7)
    expect(quantile([], 0.5)).toBeNaN()
  })
})
