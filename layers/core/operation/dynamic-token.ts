const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** `v1`, `v2`, `v1beta1`: the version of an interface, one of a few. */
const INTERFACE_VERSION = /^v\d{1,2}(?:(?:alpha|beta|rc)\d{0,2})?$/i
/** `s3`, `ec2`, `i18n`, `2fa`: names with a digit in them. */
const SHORT_NAME = /^[a-z]{0,3}\d{1,2}[a-z]{0,3}$/i
/** `oauth2`, `base64`, `OrderV2`: a word, numbered. */
const NUMBERED_WORD = /^[A-Z]?[a-z]+(?:[A-Z][a-z]*)*\d{1,2}$/
const DIGESTS: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512'])
const LONG_TOKEN = 16
const SHORT_NAME_MAX = 4

/**
 * Is this token (no separators in it) generated: a number, a hash, an id, a random string? Words and names with a
 * digit or two in them are not. It errs towards yes: too few patterns can be read, too many cannot.
 */
export function isDynamicToken(token: string): boolean {
  if (!/\d/.test(token)) return looksRandom(token)
  if (/^\d+$/.test(token)) return true
  if (token.length <= SHORT_NAME_MAX && SHORT_NAME.test(token)) return false
  return !(INTERFACE_VERSION.test(token) || NUMBERED_WORD.test(token) || DIGESTS.has(token.toLowerCase()))
}

/** Eight, four, four, four and twelve hex digits: its groups by themselves may look like names. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** Long letters without digits: hex, or capitals where no word would have them (base64). */
function looksRandom(token: string): boolean {
  if (token.length < LONG_TOKEN) return false
  if (/^[a-f]+$/i.test(token)) return true
  const humps = token.match(/[a-z][A-Z]/g)?.length ?? 0
  return humps > token.length / 5
}
