import type { Flag } from './flag.ts'

/** The flags that a gate or a service holds in memory. */
export interface HeldFlags {
  readonly byService: ReadonlyMap<string, Flag>
  readonly etag: string | undefined
  /** Flags of the document that could not be read. */
  readonly unreadable: number
  /** When the document was last fetched or confirmed; ms on the monotonic clock, which no one sets back. */
  readonly confirmedAt: number
}

/** Of two flags of one service the newer holds. */
export function holdByService(flags: readonly Flag[]): ReadonlyMap<string, Flag> {
  const held = new Map<string, Flag>()
  for (const flag of flags) {
    const other = held.get(flag.service)
    if (other === undefined || other.version < flag.version) held.set(flag.service, flag)
  }
  return held
}
