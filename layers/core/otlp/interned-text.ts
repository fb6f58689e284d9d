/** 4096 texts of at most 64 characters: about 1 MB at most, whatever arrives. */
const SLOTS = 4096
const INTERNED_BYTES_MAX = 64
/** A UTF-16 unit takes at most three bytes of UTF-8, so these hold `unitsMax` units and the rest of the last character. */
const bytesFor = (unitsMax: number): number => unitsMax * 3 + 3

/** Texts decoded before, by hash of their bytes; a newer one takes the slot. It only saves time: the same bytes give the same text. */
const interned: string[] = new Array<string>(SLOTS).fill('')

/**
 * The UTF-8 text in `bytes[start, end)`, at most `unitsMax` UTF-16 units of it; bytes that are no UTF-8 become U+FFFD.
 * Names and values repeat from span to span: short ones are decoded once.
 */
export function textAt(bytes: Buffer, start: number, end: number, unitsMax: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > INTERNED_BYTES_MAX) {
    const text = bytes.toString('utf8', start, Math.min(end, start + bytesFor(unitsMax)))
    return text.length > unitsMax ? text.slice(0, unitsMax) : text
  }
  const slot = slotOf(bytes, start, end)
  const known = interned[slot] as string
  if (isTextAt(known, bytes, start, end)) return known
  const text = bytes.toString('utf8', start, end)
  interned[slot] = text
  return text
}

/** Is `text` what stands in `bytes[start, end)`? Only ever true for ASCII: other text has fewer units than bytes. */
export function isTextAt(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

function slotOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return (hash ^ (hash >>> 15)) & (SLOTS - 1)
}
