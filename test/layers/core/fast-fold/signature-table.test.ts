import { describe, expect, it } from 'vitest'
import {
  addSignature,
  createSignatureTable,
  findSignature,
  signatureHash,
} from '../../../../layers/core/fast-fold/signature-table.ts'

const signatureOf = (...numbers: readonly number[]): Int32Array => Int32Array.from(numbers)
const hashOf = (signature: Int32Array): number => signatureHash(signature, signature.length)

describe('a table of signatures', () => {
  it('finds all that it keeps, however often it grew', () => {
    const table = createSignatureTable(5000, 2)
    const signatures = Array.from({ length: 5000 }, (_, place) => signatureOf(place, place % 7))
    const ids = signatures.map((each) => addSignature(table, each, 2, hashOf(each)))
    expect(ids).toEqual(signatures.map((_, place) => place))
    expect(signatures.map((each) => findSignature(table, each, 2, hashOf(each)))).toEqual(ids)
    expect(table.slots.length).toBeGreaterThan(1024)
  })

  it('does not take one for another of the same hash', () => {
    const table = createSignatureTable(10, 2)
    const [one, other] = [signatureOf(1, 2), signatureOf(3, 4)]
    expect(addSignature(table, one, 2, 99)).toBe(0)
    expect(findSignature(table, other, 2, 99)).toBe(-1)
    expect(addSignature(table, other, 2, 99)).toBe(1)
    expect(findSignature(table, other, 2, 99)).toBe(1)
  })

  it('has no room for more than it was made for', () => {
    const table = createSignatureTable(2, 2)
    const added = [1, 2, 3].map((each) => addSignature(table, signatureOf(each, 0), 2, hashOf(signatureOf(each, 0))))
    expect(added).toEqual([0, 1, -1])
  })

  it('keeps no more of those that are chosen to collide than it looks through', () => {
    const table = createSignatureTable(250, 1)
    const colliding = Array.from({ length: 100_000 }, (_, place) => signatureOf(place))
      .filter((each) => (hashOf(each) & 1023) === 5)
      .slice(0, 40)
    const added = colliding.map((each) => addSignature(table, each, 1, hashOf(each)))
    expect(added.filter((id) => id >= 0)).toHaveLength(16)
    expect(added.at(-1)).toBe(-1)
  })
})
