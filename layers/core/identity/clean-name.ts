import { shortHash } from './hash.ts'

const HASH_DIGITS = 8
const UNSAFE = /[\p{Cc}\u2028\u2029#]/gu

/**
 * A stranger's text as a part of a key: control characters, line separators and `#` (it separates the parts of a row's
 * name) become `_`, unpaired surrogates become U+FFFD. A text of more than `max` UTF-16 units is cut, and ends in `~` and
 * a hash of the whole, so that long names that begin alike stay apart. `max` is at least 10.
 */
export function cleanName(text: string, max: number): string {
  if (text.length <= max) return safe(text)
  return `${safe(text.slice(0, max - HASH_DIGITS - 1))}~${shortHash(text, HASH_DIGITS)}`
}

const safe = (text: string): string => text.toWellFormed().replace(UNSAFE, '_')
