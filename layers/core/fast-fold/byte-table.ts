/**
 * Byte strings seen before, each under a small number. It never forgets and never grows beyond what it was made for:
 * when it is full it says so, and its owner starts anew.
 */
export interface ByteTable {
  /** Open addressing: an id + 1, or 0. */
  readonly slots: Int32Array
  /** Where each string starts; its end is the next one's start. */
  readonly starts: Int32Array
  readonly view: DataView
  size: number
}

/** Strangers choose the bytes: what collides more often than this is not kept. */
const PROBES_MAX = 16

export function createByteTable(capacity: number, bytesPerString: number): ByteTable {
  return {
    slots: new Int32Array(2 ** Math.ceil(Math.log2(capacity) + 1)),
    starts: new Int32Array(capacity + 1),
    view: new DataView(new ArrayBuffer(capacity * bytesPerString)),
    size: 0,
  }
}

/** The same bytes, to be read in any width. */
export const viewOf = (value: Uint8Array): DataView => new DataView(value.buffer, value.byteOffset, value.byteLength)

/** The same bytes, as one after the other. */
export const bytesOf = (view: DataView): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength)

/**
 * A hash of the bytes in `[start, end)`: eight bytes at a time, the last eight once more, so that no loop depends on what is left over.
 * The two halves do not wait for each other.
 */
export function hashOf(view: DataView, start: number, end: number): number {
  const length = end - start
  if (length < 8) return shortHash(view, start, length)
  let first = length
  let second = 0x85ebca6b
  for (let at = start; at < end - 8; at += 8) {
    first = Math.imul(((first << 5) | (first >>> 27)) ^ view.getInt32(at, true), 0x9e3779b1)
    second = Math.imul(((second << 5) | (second >>> 27)) ^ view.getInt32(at + 4, true), 0xc2b2ae35)
  }
  first = Math.imul(((first << 5) | (first >>> 27)) ^ view.getInt32(end - 8, true), 0x9e3779b1)
  second = Math.imul(((second << 5) | (second >>> 27)) ^ view.getInt32(end - 4, true), 0xc2b2ae35)
  return spread(first ^ second)
}

/**
 * A number of `bits` bits for the length and the last bytes in `[start, end)`, or what stands before them where they are few (a record's
 * first eight bytes hold none): a guess at which string it is costs less than a hash of all of it.
 */
export function tailOf(view: DataView, start: number, end: number, bits: number): number {
  const length = end - start
  const tail = view.getInt32(end - 4, true) ^ Math.imul(view.getInt32(end - 8, true) ^ (length << 8), 0x85ebca6b)
  return Math.imul(tail, 0x9e3779b1) >>> (32 - bits)
}

/** What differs in high bits alone must differ in the low ones, which choose the slot (the finaliser of MurmurHash3, in part). */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return mixed ^ (mixed >>> 13)
}

function shortHash(view: DataView, start: number, length: number): number {
  let hash = length
  if (length >= 4) {
    hash = Math.imul(view.getInt32(start, true) ^ length, 0x9e3779b1) ^ view.getInt32(start + length - 4, true)
  } else for (let i = 0; i < length; i += 1) hash = (hash << 8) | view.getUint8(start + i)
  return spread(hash)
}

/** The id of the bytes in `[start, end)`, whose hash this is; -1 where it was not seen before. */
export function findBytes(table: ByteTable, view: DataView, start: number, end: number, hash: number): number {
  const { slots, starts } = table
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const id = (slots[(hash + probe) & mask] as number) - 1
    if (id < 0) return -1
    const known = starts[id] as number
    const length = (starts[id + 1] as number) - known
    if (length === end - start && isSame(table.view, known, view, start, length)) return id
  }
  return -1
}

/** Keeps a string that is not there yet; -1 where there is no room for it. */
export function addBytes(table: ByteTable, view: DataView, start: number, end: number, hash: number): number {
  const { slots, starts, size } = table
  const at = starts[size] as number
  if (size + 1 >= starts.length || at + end - start > table.view.byteLength) return -1
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const slot = (hash + probe) & mask
    if (slots[slot] !== 0) continue
    slots[slot] = size + 1
    bytesOf(view).copy(bytesOf(table.view), at, start, end)
    starts[size + 1] = at + end - start
    table.size += 1
    return size
  }
  return -1
}

/** Are these `length` bytes of both the same? Read as `hashOf` reads them; V8 compares such `bigint`s without making them. */
export function isSame(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  if (length < 8) return isShortSame(a, aStart, b, bStart, length)
  const last = length - 8
  if (a.getBigInt64(aStart + last, true) !== b.getBigInt64(bStart + last, true)) return false
  for (let i = 0; i < last; i += 8) {
    if (a.getBigInt64(aStart + i, true) !== b.getBigInt64(bStart + i, true)) return false
  }
  return true
}

function isShortSame(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  if (length >= 4) {
    const last = length - 4
    return (
      a.getInt32(aStart, true) === b.getInt32(bStart, true) &&
      a.getInt32(aStart + last, true) === b.getInt32(bStart + last, true)
    )
  }
  for (let i = 0; i < length; i += 1) if (a.getUint8(aStart + i) !== b.getUint8(bStart + i)) return false
  return true
}
