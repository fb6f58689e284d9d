import type { EpochMs } from '../time/instants.ts'
import { type Admission, admits } from './admission.ts'
import type { GatedRequest } from './exemption.ts'
import type { HeldFlags } from './held-flags.ts'

/** Why a request was admitted though nothing said that it may be. */
type OpenCause = 'no-service' | 'no-flags' | 'old-flags' | 'expired-flag' | 'error'

/** What a gate, or the service itself, says of one request. */
export type Decision =
  | { readonly admitted: true; readonly why: 'no-flag' | 'within' | 'exempt' | OpenCause }
  | (Extract<Admission, { admitted: false }> & { readonly service: string })

export interface DecideSettings {
  readonly held: () => HeldFlags | undefined
  /** Flags that were not confirmed for so long are old, ms. */
  readonly maxAgeMs: number
  /** The clock by which flags expire. */
  readonly now: () => EpochMs
  readonly monotonicMs: () => number
}

/** Admits or refuses one request of a service; without flags that are fresh, and without a service, it admits. */
export function decide(
  settings: DecideSettings,
  service: string | undefined,
  traceId: string,
  request: GatedRequest | undefined,
): Decision {
  if (service === undefined) return { admitted: true, why: 'no-service' }
  const held = settings.held()
  if (held === undefined) return { admitted: true, why: 'no-flags' }
  if (settings.monotonicMs() - held.confirmedAt > settings.maxAgeMs) return { admitted: true, why: 'old-flags' }
  const admission = admits(held.byService.get(service), traceId, settings.now(), request)
  if (!admission.admitted) return { ...admission, service }
  return { admitted: true, why: admission.why === 'expired' ? 'expired-flag' : admission.why }
}
