import type { EpochMs } from './instants.ts'

const EPOCH_MS = /^\d{13}$/
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** How an instant is written, for messages. */
export const INSTANT_EXAMPLES = '2026-11-23T08:00Z, 2026-11-23, or milliseconds since 1970 (13 digits)'

/** An instant that somebody wrote: ISO 8601 with its zone, a UTC day (its start), or epoch ms; undefined for anything else. */
export function readInstant(text: string): EpochMs | undefined {
  const at = EPOCH_MS.test(text) ? Number(text) : ISO_INSTANT.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : (at as EpochMs)
}
