import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueBytes } from '../../../functions/attribute-spans/value-bytes.ts'

describe('the bytes of values in base64', () => {
  it('are those of each value, whatever was decoded before and however large', () => {
    const bytesOf = valueBytes()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 1, 1, 10_000), (bytes, times) => {
        const value = Buffer.concat(Array.from({ length: times }, () => bytes))
        expect(value.equals(bytesOf(value.toString('base64')))).toBe(true)
      }),
    )
  })

  it('are in the same memory as those of the value before', () => {
    const bytesOf = valueBytes()
    const first = bytesOf('YQ==')
    expect(bytesOf('Yg==').buffer).toBe(first.buffer)
    expect(Buffer.from(first).toString()).toBe('b')
  })
})
