import * as z from 'zod'

/** A request as a gate sees it. */
export interface GatedRequest {
  /** `GET`; letter case does not matter. */
  readonly method: string
  /** The path, percent-encoded as it came, with or without a query. */
  readonly path: string
}

const PATTERN = /^(\*|[A-Za-z]{1,20}) (\/[\x21-\x7e]*)$/

/**
 * Requests that are never refused: `GET /healthz`, `POST /payments/*`, `* /internal/*`. In the path `*` stands for one segment, and
 * as the last one for all that follow.
 */
export const exemptionSchema = z
  .string()
  .max(100)
  .regex(PATTERN, 'write a method (or *) and a path: "GET /healthz", "POST /payments/*"')
  .refine((pattern) => !isAmbiguous(pathOf(pattern)), 'write a plain path, without "..", "//", "?" and "%"')

const pathOf = (pattern: string): string => pattern.slice(pattern.indexOf(' ') + 1)

/**
 * What a proxy behind the gate may read as another path: dot segments, empty ones, an encoded slash, dot or percent sign. A path
 * that can be read in two ways must not buy its way past the gate. (RFC 3986, 6.2.2: what normalization changes.)
 */
const AMBIGUOUS = /\/\.{1,2}(?:\/|$)|\/\/|\\|;|%(?:2[ef5]|5c|00|3b)/i
const QUERY = /[?#]/

const isAmbiguous = (path: string): boolean => AMBIGUOUS.test(path) || QUERY.test(path) || path.includes('%')

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
