import { ATTRIBUTE_KEYS } from './attributes.ts'
import { isTextAt } from './interned-text.ts'

const BUCKETS = 1024

/** The kept keys by a hash of a few of their bytes, so that a key that is not needed is seldom looked at twice. */
const buckets: (readonly string[])[] = Array.from({ length: BUCKETS }, () => [])
for (const key of ATTRIBUTE_KEYS) {
  const bytes = Buffer.from(key, 'latin1')
  const bucket = bucketOf(bytes, 0, bytes.length)
  buckets[bucket] = [...(buckets[bucket] as readonly string[]), key]
}

/** The key of `attributes.ts` that stands in `bytes[start, end)`, undefined where none does. */
export function keptKeyAt(bytes: Buffer, start: number, end: number): string | undefined {
  if (start === end) return undefined
  const candidates = buckets[bucketOf(bytes, start, end)] as readonly string[]
  for (const key of candidates) if (isTextAt(key, bytes, start, end)) return key
  return undefined
}

/** Length, last byte and two bytes between tell nearly all keys apart. */
function bucketOf(bytes: Buffer, start: number, end: number): number {
  const middle = bytes[(start + end) >> 1] as number
  const third = bytes[start + Math.floor((end - start) / 3)] as number
  return ((end - start) * 577 + (bytes[end - 1] as number) * 37 + middle * 11 + third * 131) & (BUCKETS - 1)
}
