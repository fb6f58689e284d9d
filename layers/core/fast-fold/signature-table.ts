import { spread } from './byte-table.ts'

/**
 * Signatures (lists of small integers) seen before, each under a number. Like a ByteTable it neither forgets nor grows beyond
 * what it was made for.
 */
export interface SignatureTable {
  /** Open addressing: an id + 1, or 0. */
  readonly slots: Int32Array
  readonly starts: Int32Array
  readonly numbers: Int32Array
  size: number
}

/** Strangers choose what is in a signature: what collides more often than this is not kept. */
const PROBES_MAX = 16

export const createSignatureTable = (capacity: number, numbersPerSignature: number): SignatureTable => ({
  slots: new Int32Array(2 ** Math.ceil(Math.log2(capacity) + 1)),
  starts: new Int32Array(capacity + 1),
  numbers: new Int32Array(capacity * numbersPerSignature),
  size: 0,
})

export function signatureHash(signature: Int32Array, length: number): number {
  let hash = length
  for (let i = 0; i < length; i += 1) {
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ (signature[i] as number), 0x9e3779b1)
  }
  return spread(hash)
}

/** The id of the first `length` numbers of `signature`, whose hash this is; -1 where it was not seen before. */
export function findSignature(table: SignatureTable, signature: Int32Array, length: number, hash: number): number {
  const { slots, starts, numbers } = table
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const id = (slots[(hash + probe) & mask] as number) - 1
    if (id < 0) return -1
    const known = starts[id] as number
    if ((starts[id + 1] as number) - known !== length) continue
    let i = 0
    while (i < length && numbers[known + i] === signature[i]) i += 1
    if (i === length) return id
  }
  return -1
}

/** Keeps a signature that is not there yet; -1 where there is no room for it. */
export function addSignature(table: SignatureTable, signature: Int32Array, length: number, hash: number): number {
  const { slots, starts, numbers, size } = table
  const at = starts[size] as number
  if (size + 1 >= starts.length || at + length > numbers.length) return -1
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const slot = (hash + probe) & mask
    if (slots[slot] !== 0) continue
    slots[slot] = size + 1
    numbers.set(signature.subarray(0, length), at)
    starts[size + 1] = at + length
    table.size += 1
    return size
  }
  return -1
}
