import { isDynamicToken, isUuid } from './dynamic-token.ts'

/** Segments kept; what lies deeper is one `*`. */
const MAX_SEGMENTS = 12
const MAX_SEGMENT_CHARACTERS = 40
/** So that a method and a path stay within 200 characters. */
const MAX_PATH_CHARACTERS = 180
/** Nothing after it could be kept: see the limits above. */
const MAX_READ_CHARACTERS = 1024
/** Five words and more in one segment are a title, not a route. */
const MAX_WORDS = 4
const UNRESERVED = /^[A-Za-z0-9._~:$-]+$/

/**
 * The pattern of a URL's path: every segment that looks generated (numbers, UUIDs, hashes, ULIDs, dates, addresses,
 * e-mail, percent-encoding, titles, anything long) becomes `*`. Scheme, host, query and fragment are cut.
 * `/api/v2/users/123/orders/456?x=1` -> `/api/v2/users/:/orders/:` with `*` for each `:`. At most 180 characters; normalising twice changes nothing.
 */
export function normalisePath(target: string): string {
  const segments = pathOf(target.slice(0, MAX_READ_CHARACTERS)).split('/').filter(isNotEmpty)
  let path = ''
  for (let i = 0; i < segments.length; i += 1) {
    const next = `/${segmentPattern(segments[i] as string)}`
    const isLast = i === segments.length - 1
    const room = MAX_PATH_CHARACTERS - (isLast ? 0 : '/*'.length)
    if (i === MAX_SEGMENTS || path.length + next.length > room) return `${path}/*`
    path += next
  }
  return path === '' ? '/' : path
}

const isNotEmpty = (segment: string): boolean => segment !== ''

/** What lies between the host and the query; of an absolute URL (url.full, http.url) or of a request target (http.target). */
function pathOf(target: string): string {
  const end = target.search(/[?#]/)
  const address = end === -1 ? target : target.slice(0, end)
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]{0,20}:\/\//.exec(address)
  if (scheme === null) return address
  const start = address.indexOf('/', scheme[0].length)
  return start === -1 ? '/' : address.slice(start)
}

/** The segment itself, or `*` where it looks generated. A path's pattern is made of its segments' patterns, and of nothing else. */
export function segmentPattern(segment: string): string {
  if (segment.length > MAX_SEGMENT_CHARACTERS || !UNRESERVED.test(segment) || isUuid(segment)) return '*'
  const tokens = segment.split(/[._~:$-]/)
  return tokens.length > MAX_WORDS || tokens.some(isDynamicToken) ? '*' : segment
}
