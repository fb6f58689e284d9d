/** A request as a gate sees it. */
export interface GatedRequest {
  /** `GET`; letter case does not matter. */
  readonly method: string
  /** The path, percent-encoded as it came, with or without a query. */
  readonly path: string
}

/** The path of a pattern (exemption-schema.ts says what patterns are). */
export const pathOf = (pattern: string): string => pattern.slice(pattern.indexOf(' ') + 1)

/**
 * What a proxy behind the gate may read as another path: dot segments, empty ones, an encoded slash, dot or percent sign. A path
 * that can be read in two ways must not buy its way past the gate. (RFC 3986, 6.2.2: what normalization changes.)
 */
export const AMBIGUOUS = /\/\.{1,2}(?:\/|$)|\/\/|\\|;|%(?:2[ef5]|5c|00|3b)/i
/** Where a path ends. */
export const QUERY = /[?#]/

/** Longer paths are nobody's health check. */
const PATH_MAX = 2_000

/** Whether one of the patterns names the request. What cannot be read in one way only is named by none. */
export function isExempt(request: GatedRequest, patterns: readonly string[]): boolean {
  if (patterns.length === 0 || request.path.length > PATH_MAX) return false
  const [path = ''] = request.path.split(QUERY, 1)
  if (AMBIGUOUS.test(path)) return false
  const segments = path.split('/')
  const method = request.method.toUpperCase()
  return patterns.some((pattern) => isNamedBy(pattern, method, segments))
}

function isNamedBy(pattern: string, method: string, segments: readonly string[]): boolean {
  const named = pattern.slice(0, pattern.indexOf(' '))
  if (named !== '*' && named.toUpperCase() !== method) return false
  const parts = pathOf(pattern).split('/')
  const isOpen = parts.at(-1) === '*'
  if (isOpen ? segments.length < parts.length : segments.length !== parts.length) return false
  return parts.every((part, place) => part === '*' || part === segments[place])
}
