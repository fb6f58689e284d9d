import { isSame, type Source, sourceOf } from './byte-table.ts'

/** Byte strings seen lately, by their hash, each with a number; a newer one takes the slot. */
export interface SlotCache {
  readonly source: Source
  readonly bytesPerSlot: number
  /** -1: free. */
  readonly lengths: Int32Array
  readonly numbers: Int32Array
}

/** `slots`: a power of two. */
export const createSlotCache = (slots: number, bytesPerSlot: number): SlotCache => ({
  source: sourceOf(Buffer.alloc(slots * bytesPerSlot)),
  bytesPerSlot,
  lengths: new Int32Array(slots).fill(-1),
  numbers: new Int32Array(slots),
})

/** The number of `source[start, end)`, whose hash this is; -1 where it is not there. */
export function numberInSlot(cache: SlotCache, source: Source, start: number, end: number, hash: number): number {
  const slot = hash & (cache.lengths.length - 1)
  const length = end - start
  if (cache.lengths[slot] !== length || !isSame(cache.source, slot * cache.bytesPerSlot, source, start, length))
    return -1
  return cache.numbers[slot] as number
}

/** Keeps the number, unless the string is too long for a slot. */
export function keepInSlot(
  cache: SlotCache,
  source: Source,
  start: number,
  end: number,
  hash: number,
  number: number,
): void {
  if (end - start > cache.bytesPerSlot) return
  const slot = hash & (cache.lengths.length - 1)
  cache.lengths[slot] = end - start
  cache.numbers[slot] = number
  source.bytes.copy(cache.source.bytes, slot * cache.bytesPerSlot, start, end)
}
