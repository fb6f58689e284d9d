import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { unpackValue } from '../../../functions/attribute-spans/unpack-value.ts'

const PACKINGS = [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const

describe('a packed value', () => {
  it.each(PACKINGS)('comes back from %s as it was', (_, pack) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (value) => {
        expect(Buffer.from(unpackValue(pack(value)) as Uint8Array).equals(Buffer.from(value))).toBe(true)
      }),
    )
  })

  it.each(PACKINGS)('that is a bomb of %s is not unpacked', (name, pack) => {
    const bomb = pack(Buffer.alloc(64 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(100_000)
    expect(unpackValue(bomb)).toEqual({ problem: expect.stringMatching(`^${name} of more than \\d+ bytes$`) })
  })

  it.each(PACKINGS)('that is cut off says so, of %s', (name, pack) => {
    const packed = pack(Buffer.from('{"resourceSpans":[]}'.repeat(50)))
    expect(unpackValue(packed.subarray(0, packed.length - 9))).toEqual({ problem: `broken ${name}` })
  })
})

describe('a value that is not packed', () => {
  it.each([
    ['JSON', Buffer.from('{"resourceSpans":[]}')],
    ['protobuf', Buffer.from([10, 0])],
    ['nothing', Buffer.alloc(0)],
    ['a kind of packing that is not known', deflateSync('x')],
  ])('stays as it is: %s', (_, value) => {
    expect(unpackValue(value)).toBe(value)
  })
})
