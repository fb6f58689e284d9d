import { bytesOf, isSame } from './byte-table.ts'

/** Byte strings seen lately, by their hash, each with a number; a newer one takes the slot. */
export interface SlotCache {
  readonly view: DataView
  readonly bytesPerSlot: number
  /** -1: free. */
  readonly lengths: Int32Array
  readonly numbers: Int32Array
}

/** `slots`: a power of two. */
export const createSlotCache = (slots: number, bytesPerSlot: number): SlotCache => ({
  view: new DataView(new ArrayBuffer(slots * bytesPerSlot)),
  bytesPerSlot,
  lengths: new Int32Array(slots).fill(-1),
  numbers: new Int32Array(slots),
})

/** The number of the bytes in `[start, end)`, whose hash this is; -1 where it is not there. */
export function numberInSlot(cache: SlotCache, view: DataView, start: number, end: number, hash: number): number {
  const slot = hash & (cache.lengths.length - 1)
  const length = end - start
  if (cache.lengths[slot] !== length || !isSame(cache.view, slot * cache.bytesPerSlot, view, start, length)) return -1
  return cache.numbers[slot] as number
}

/** Keeps the number, unless the string is too long for a slot. */
export function keepInSlot(
  cache: SlotCache,
  view: DataView,
  start: number,
  end: number,
  hash: number,
  number: number,
): void {
  if (end - start > cache.bytesPerSlot) return
  const slot = hash & (cache.lengths.length - 1)
  cache.lengths[slot] = end - start
  cache.numbers[slot] = number
  bytesOf(view).copy(bytesOf(cache.view), slot * cache.bytesPerSlot, start, end)
}
