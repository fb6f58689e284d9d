import { memoize } from '../operation/memoize.ts'
import type { Span } from '../otlp/span.ts'
import type { RatedSpan } from './usage.ts'

const KEPT_OF = 2n ** 56n
const FRACTION_BITS = 32n
const REMEMBERED = 2_000

/** A weight as a whole number and a fraction of 2^32. */
interface Weight {
  readonly whole: number
  readonly fraction: number
  /** Whole + fraction, rounded up: what is compared with the trusted maximum. */
  readonly ceiling: number
}

type Weighted = Pick<RatedSpan, 'weight' | 'weightSource'>
const ONCE: Weighted = { weight: 1, weightSource: 'none' }
const DISTRUSTED: Weighted = { weight: 1, weightSource: 'above-trusted' }

/**
 * How many spans this one stands for: 2^56 / (2^56 - T), T the threshold in W3C tracestate `ot=th:` (OpenTelemetry
 * specification, tracestate-probability-sampling). A rational weight becomes one of its two neighbours, by a hash of trace id
 * and span id, so that the mean over many spans is the weight itself: 1.33 requests are not always 1.
 * Above `maxTrusted` the span counts once: tracestate comes in from the internet. `configured` is the factor of a service that samples
 * without saying so; it stands in where there is no (legal) `th`.
 */
export function weightOf(span: Span, maxTrusted: number, configured: number | undefined): Weighted {
  const said = span.traceState === '' ? null : thresholdWeight(span.traceState)
  if (said === null) return configured === undefined ? ONCE : { weight: configured, weightSource: 'configured' }
  if (said.ceiling > maxTrusted) return DISTRUSTED
  const isUp = said.fraction > 0 && hashOf(span.traceId, span.spanId) < said.fraction
  return { weight: isUp ? said.whole + 1 : said.whole, weightSource: 'th' }
}

/** Does the weight that a tracestate says depend on the span's ids too? */
export const isDrawn = (traceState: string): boolean => (thresholdWeight(traceState)?.fraction ?? 0) > 0

/** All that `weightOf` reads from a tracestate: with the same facets, and not drawn, they give the same weights. */
export function traceStateFacets(traceState: string): string {
  const said = traceState === '' ? null : thresholdWeight(traceState)
  return said === null ? '' : `${said.whole}+${said.fraction}<=${said.ceiling}`
}

/** The weight that a tracestate's `ot=th:` says; null where it says none, or none that is legal (1 to 14 lower-case hex digits). */
const thresholdWeight = memoize((traceState): Weight | null => {
  const member = traceState.split(',').find((entry) => entry.trim().startsWith('ot='))
  const threshold = member
    ?.trim()
    .slice('ot='.length)
    .split(';')
    .find((field) => field.startsWith('th:'))
  if (threshold === undefined || !/^th:[0-9a-f]{1,14}$/.test(threshold)) return null
  const rejected = BigInt(`0x${threshold.slice('th:'.length).padEnd(14, '0')}`)
  const kept = KEPT_OF - rejected
  const whole = KEPT_OF / kept
  const rest = KEPT_OF % kept
  const fraction = Number((rest << FRACTION_BITS) / kept)
  return { whole: Number(whole), fraction, ceiling: Number(rest === 0n ? whole : whole + 1n) }
}, REMEMBERED)

/**
 * 32 evenly spread bits of the two ids: FNV-1a, then the finaliser of MurmurHash3. The ids' own low bits will not do:
 * the sampler has already chosen by those of the trace id.
 */
function hashOf(traceId: string, spanId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < traceId.length; i += 1) hash = Math.imul(hash ^ traceId.charCodeAt(i), 0x01000193)
  for (let i = 0; i < spanId.length; i += 1) hash = Math.imul(hash ^ spanId.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
