import { spread } from './byte-table.ts'

/**
 * Signatures (lists of small integers) seen before, each under a number. Like a ByteTable it does not forget. Its slots are as
 * many as it needs, because the processor's cache holds few, but it does not grow beyond what it was made for.
 */
export interface SignatureTable {
  /** Open addressing: an id + 1, or 0. */
  slots: Int32Array
  readonly starts: Int32Array
  readonly numbers: Int32Array
  size: number
}

/** Strangers choose what is in a signature: what collides more often than this is not kept. */
const PROBES_MAX = 16

const SLOTS_MIN = 2 ** 10
/** So many that a slot is nearly always free within the probes. */
const SLOTS_PER_SIGNATURE = 4

export const createSignatureTable = (capacity: number, numbersPerSignature: number): SignatureTable => ({
  slots: new Int32Array(SLOTS_MIN),
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
  const { starts, numbers, size } = table
  const at = starts[size] as number
  if (size + 1 >= starts.length || at + length > numbers.length) return -1
  const slotsMax = starts.length * SLOTS_PER_SIGNATURE
  if (size * SLOTS_PER_SIGNATURE > table.slots.length) spreadOut(table)
  while (!takeSlot(table.slots, hash, size)) {
    if (table.slots.length >= slotsMax) return -1
    spreadOut(table)
  }
  numbers.set(signature.subarray(0, length), at)
  starts[size + 1] = at + length
  table.size += 1
  return size
}

function takeSlot(slots: Int32Array, hash: number, id: number): boolean {
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const slot = (hash + probe) & mask
    if (slots[slot] !== 0) continue
    slots[slot] = id + 1
    return true
  }
  return false
}

/** Twice the slots. A signature that finds none among them is found no more, and learnt again when it comes again. */
function spreadOut(table: SignatureTable): void {
  const { starts, numbers, size } = table
  table.slots = new Int32Array(table.slots.length * 2)
  for (let id = 0; id < size; id += 1) {
    const signature = numbers.subarray(starts[id] as number, starts[id + 1] as number)
    takeSlot(table.slots, signatureHash(signature, signature.length), id)
  }
}
