import { type EpochMs, MS_PER_MINUTE } from '../time/instants.ts'
import { type GatedRequest, isExempt } from './exemption.ts'
import type { Flag } from './flag.ts'

/** What a gate answers to one request, and why. */
export type Admission =
  | { readonly admitted: true; readonly why: 'no-flag' | 'expired' | 'within' | 'exempt' }
  | {
      readonly admitted: false
      /** The flag's own sentence for people. */
      readonly reason: string
      /** The fraction of requests that the flag admits. */
      readonly fraction: number
      /** At least 1. */
      readonly retryAfterSeconds: number
    }

/**
 * Admits or refuses one request of a service. The same trace id has the same place everywhere, so a request is admitted
 * or refused as a whole across services, and what 10 % admits 20 % admits too. No flag or an expired one admits, and what
 * the flag exempts is admitted; without a `request` nothing is known to be exempt.
 */
export function admits(
  flag: Flag | undefined,
  traceId: string,
  now: EpochMs,
  request?: GatedRequest | undefined,
): Admission {
  if (flag === undefined) return { admitted: true, why: 'no-flag' }
  if (now >= flag.until) return { admitted: true, why: 'expired' }
  const place = placeOf(traceId)
  if (place < flag.admit) return { admitted: true, why: 'within' }
  if (request !== undefined && isExempt(request, flag.exempt ?? [])) return { admitted: true, why: 'exempt' }
  return {
    admitted: false,
    reason: flag.reason,
    fraction: flag.admit,
    retryAfterSeconds: retryAfter(flag, place, now),
  }
}

/** The admitted fraction moves once a window, so nothing changes earlier; the refused come back spread over another one. */
function retryAfter(flag: Flag, place: number, now: EpochMs): number {
  // The refused lie in [admit, 1): stretched to [0, 1) they are as good as a second random number.
  const spread = (place - flag.admit) / (1 - flag.admit)
  const waitMs = Math.min(MS_PER_MINUTE * (1 + spread), flag.until - now)
  return Math.max(1, Math.ceil(waitMs / 1000))
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/**
 * A trace id's place in [0, 1), uniform: FNV-1a over its characters, finished as MurmurHash3 does (fmix32), because the
 * ids of close traces differ in few bits. A hash and not the id's own random bits: samplers judge by those, and what is
 * admitted must not depend on what is sampled.
 */
function placeOf(traceId: string): number {
  let hash = FNV_OFFSET
  for (let at = 0; at < traceId.length; at++) hash = Math.imul(hash ^ traceId.charCodeAt(at), FNV_PRIME)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return (hash >>> 0) / 2 ** 32
}
