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
  const slot = slotOf(cache, hash)
  return isInSlot(cache, slot, view, start, end) ? (cache.numbers[slot] as number) : -1
}

/** The slot of strings with this hash. */
export const slotOf = ({ lengths }: SlotCache, hash: number): number => hash & (lengths.length - 1)

/** Are the bytes in `[start, end)` those in the slot? */
export const isInSlot = (
  { lengths, view: kept, bytesPerSlot }: SlotCache,
  slot: number,
  view: DataView,
  start: number,
  end: number,
): boolean => lengths[slot] === end - start && isSame(kept, slot * bytesPerSlot, view, start, end - start)

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
  const slot = slotOf(cache, hash)
  cache.lengths[slot] = end - start
  cache.numbers[slot] = number
  bytesOf(view).copy(bytesOf(cache.view), slot * cache.bytesPerSlot, start, end)
}
