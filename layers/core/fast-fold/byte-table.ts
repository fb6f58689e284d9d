/** A record's bytes, and a view of the same bytes to read four at a time. */
export interface Source {
  readonly bytes: Buffer
  readonly view: DataView
}

/**
 * Byte strings seen before, each under a small number. It never forgets and never grows beyond what it was made for:
 * when it is full it says so, and its owner starts anew.
 */
export interface ByteTable {
  /** Open addressing: an id + 1, or 0. */
  readonly slots: Int32Array
  /** Where each string starts; its end is the next one's start. */
  readonly starts: Int32Array
  readonly source: Source
  size: number
}

/** Strangers choose the bytes: what collides more often than this is not kept. */
const PROBES_MAX = 16

export function createByteTable(capacity: number, bytesPerString: number): ByteTable {
  const bytes = Buffer.alloc(capacity * bytesPerString)
  return {
    slots: new Int32Array(2 ** Math.ceil(Math.log2(capacity) + 1)),
    starts: new Int32Array(capacity + 1),
    source: sourceOf(bytes),
    size: 0,
  }
}

export function sourceOf(value: Uint8Array): Source {
  return {
    bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    view: new DataView(value.buffer, value.byteOffset, value.byteLength),
  }
}

/** A hash of `source[start, end)`, four bytes at a time. */
export function hashOf({ bytes, view }: Source, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) {
    hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ view.getInt32(at, true), 0x9e3779b1)
  }
  for (; at < end; at += 1) hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ (bytes[at] as number), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}

/** The id of `source[start, end)`, whose hash this is; -1 where it was not seen before. */
export function findBytes(table: ByteTable, source: Source, start: number, end: number, hash: number): number {
  const { slots, starts } = table
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const id = (slots[(hash + probe) & mask] as number) - 1
    if (id < 0) return -1
    const known = starts[id] as number
    const length = (starts[id + 1] as number) - known
    if (length === end - start && isSame(table.source, known, source, start, length)) return id
  }
  return -1
}

/** Keeps a string that is not there yet; -1 where there is no room for it. */
export function addBytes(table: ByteTable, source: Source, start: number, end: number, hash: number): number {
  const { slots, starts, size } = table
  const at = starts[size] as number
  if (size + 1 >= starts.length || at + end - start > table.source.bytes.length) return -1
  const mask = slots.length - 1
  for (let probe = 0; probe < PROBES_MAX; probe += 1) {
    const slot = (hash + probe) & mask
    if (slots[slot] !== 0) continue
    slots[slot] = size + 1
    source.bytes.copy(table.source.bytes, at, start, end)
    starts[size + 1] = at + end - start
    table.size += 1
    return size
  }
  return -1
}

/** Are these `length` bytes of both the same? */
export function isSame(a: Source, aStart: number, b: Source, bStart: number, length: number): boolean {
  let i = 0
  for (; i + 4 <= length; i += 4) {
    if (a.view.getInt32(aStart + i, true) !== b.view.getInt32(bStart + i, true)) return false
  }
  for (; i < length; i += 1) if (a.bytes[aStart + i] !== b.bytes[bStart + i]) return false
  return true
}
