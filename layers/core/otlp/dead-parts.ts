import type { DeadPart, DeadReason } from './span.ts'

/**
 * A dead span's letter repeats its resource, so letters could outgrow their record: this many of one record, and this many
 * bytes of them, stand alone. The dead spans beyond share one letter a reason, which together are no larger than the record.
 */
const ALONE_MAX = 100
const ALONE_BYTES_MAX = 1 << 20

/** A span that cannot be booked; `place` is what its encoding needs to write it again. */
export interface DeadSpan<Place> {
  readonly reason: DeadReason
  readonly detail: string
  readonly place: Place
}

/** The letters of one record's dead spans. `requestOf` writes an export request with the spans at these places alone. */
export function deadParts<Place>(
  dead: readonly DeadSpan<Place>[],
  requestOf: (places: readonly Place[]) => Uint8Array,
): DeadPart[] {
  const parts: DeadPart[] = []
  let bytes = 0
  for (const { reason, detail, place } of dead) {
    if (parts.length === ALONE_MAX || bytes > ALONE_BYTES_MAX) break
    const body = requestOf([place])
    bytes += body.length
    parts.push({ reason, detail, body, spans: 1 })
  }
  for (const shared of byReason(dead.slice(parts.length))) {
    const body = requestOf(shared.places)
    const detail = `${shared.places.length} spans of one record, the first: ${shared.detail}`
    parts.push({ reason: shared.reason, detail, body, spans: shared.places.length })
  }
  return parts
}

interface Shared<Place> {
  readonly reason: DeadReason
  readonly detail: string
  readonly places: Place[]
}

function byReason<Place>(dead: readonly DeadSpan<Place>[]): Iterable<Shared<Place>> {
  const shared = new Map<DeadReason, Shared<Place>>()
  for (const { reason, detail, place } of dead) {
    const known = shared.get(reason)
    if (known === undefined) shared.set(reason, { reason, detail, places: [place] })
    else known.places.push(place)
  }
  return shared.values()
}
