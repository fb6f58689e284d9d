import { describe, expect, it } from 'vitest'
import { itemBytes, readUnits, writeUnits } from './item-size.ts'

const item = (bytes: number) => ({ a: { S: 'x'.repeat(bytes - 1) } })

describe('the size of an item', () => {
  it.each([
    ['0', 1],
    ['7', 2],
    ['10', 2],
    ['-7', 3],
    ['123', 3],
    ['1234', 3],
    ['12300000', 3],
    ['1230000', 3],
    ['1001', 3],
    ['10010', 4],
    ['-12345', 5],
    [`${9n * 10n ** 37n + 1n}`, 20],
  ])('counts the number %s as %i bytes: one for two significant digits, one more, one for a minus', (N, bytes) => {
    expect(itemBytes({ n: { N } })).toBe(1 + bytes)
  })

  it('counts names and texts in UTF-8', () => {
    expect(itemBytes({ ä: { S: 'é€' } })).toBe(2 + 2 + 3)
  })

  it('knows no other kinds of values', () => {
    expect(() => itemBytes({ a: { BOOL: true } })).toThrow('texts and numbers')
  })
})

describe('units', () => {
  it('of a write are of the larger of before and after, per started KiB', () => {
    expect(writeUnits(undefined, item(1024))).toBe(1)
    expect(writeUnits(undefined, item(1025))).toBe(2)
    expect(writeUnits(item(3000), item(10))).toBe(3)
    expect(writeUnits(item(10), item(3000))).toBe(3)
    expect(writeUnits(undefined, undefined)).toBe(1)
  })

  it('of a read are per started 4 KiB, half where it may be stale', () => {
    expect(readUnits(0, true)).toBe(1)
    expect(readUnits(4096, true)).toBe(1)
    expect(readUnits(4097, true)).toBe(2)
    expect(readUnits(4097, false)).toBe(1)
  })
})
