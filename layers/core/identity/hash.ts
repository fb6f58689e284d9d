const DIGITS_A_LANE = 6
const LANE = 36 ** DIGITS_A_LANE

/** The longest hash there is: two 32-bit lanes of six base-36 digits. */
export const SHORT_HASH_MAX = 2 * DIGITS_A_LANE

/**
 * A short name for a text: `length` (1 to 12) base-36 digits, the same in every process and for ever, because row names
 * and counter ids are made of it. Not cryptographic: where two texts must not meet, the caller looks for the collision.
 * @throws RangeError for another length; a bug of the caller, never of the text.
 */
export function shortHash(text: string, length: number): string {
  if (!Number.isInteger(length) || length < 1 || length > SHORT_HASH_MAX) {
    throw new RangeError(`a short hash has 1 to ${SHORT_HASH_MAX} digits, not ${length}`)
  }
  const first = digits(lane(text, 0x811c9dc5))
  return (length <= DIGITS_A_LANE ? first : first + digits(lane(text, 0x2f0b4c47))).slice(0, length)
}

const digits = (lane32: number): string =>
  (lane32 % LANE).toString(36).padStart(DIGITS_A_LANE, '0').split('').reverse().join('')

/** FNV-1a over UTF-16 code units, then the finalizer of MurmurHash3, because FNV's low bits alone are weak. */
function lane(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
