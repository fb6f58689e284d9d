import { isDynamicToken } from './dynamic-token.ts'

/** Whole shapes whose parts by themselves may look like names: UUIDs, e-mail addresses, IPv6 addresses. */
const SHAPES =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[^\s@/]{1,64}@[^\s@/]{1,64}|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}/gi
const TOKEN = /[A-Za-z0-9]+/g
const REPEATS = /\*(?:[-_.:/,]?\*)+/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g
const MAX_READ_CHARACTERS = 512

/**
 * A name (of a span, a queue, an agent) made low-cardinality: tokens that look generated become `*`, control characters
 * spaces; at most `maxCharacters`, 100 by default. Doing it twice changes nothing.
 */
export function normaliseName(name: string, maxCharacters = 100): string {
  let text = clean(name.slice(0, MAX_READ_CHARACTERS))
  for (let previous = ''; previous !== text; ) {
    previous = text
    text = text.replace(SHAPES, '*').replace(TOKEN, (token) => (isDynamicToken(token) ? '*' : token))
    text = clean(text.replace(REPEATS, '*').slice(0, maxCharacters))
  }
  return text
}

/** The text without control characters, lone surrogates and blanks at its ends. */
export const clean = (text: string): string => text.toWellFormed().replace(CONTROLS, ' ').trim()
