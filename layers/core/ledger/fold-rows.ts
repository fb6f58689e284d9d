import type { Sku } from '../rating/usage.ts'
import { type EpochMs, type Hour, hourOf } from '../time/instants.ts'
import { OVERFLOW } from './counters.ts'
import type { FoldedFrontDoor, FoldedRow } from './folded-record.ts'
import type { Lines, SpanSource } from './lines.ts'

/** What one record may name, so that nothing a stranger sends grows without bound. */
const MAX_SERVICES = 500
const MAX_COMMITS = 8
const MAX_HOURS = 3

/** A row that is being filled. */
interface OpenRow {
  /** Of all rows that were begun for the same lines. */
  readonly number: number
  readonly row: FoldedRow
}

/** What a record holds of one service. */
export interface ServiceFold {
  readonly service: string
  readonly rows: Map<string, Map<Hour, OpenRow>>
  readonly hours: Hour[]
  /** Operations of all its rows together: each counts once in every row; by name as soon as there may be too many. */
  opened: number
  names: Set<string> | undefined
  readonly skus: Set<Sku>
  /** A list whose SKUs all have room: many spans come with the same one. */
  fittingSkus: readonly Sku[]
  /** Of the whole record. */
  readonly crowdedOut: Set<string>
}

/** Where spans of one source and hour are added up. */
export interface Place {
  readonly source: SpanSource
  readonly hour: Hour
  readonly service: ServiceFold
  readonly open: OpenRow
}

/** A record that is being folded. */
export interface Fold {
  readonly lines: Lines
  /** Rows with a higher number are this record's. */
  readonly rowsBefore: number
  /** Where the last spans were added: the next are often of the same source and hour. */
  place: Place | undefined
  readonly services: Map<string, ServiceFold>
  readonly frontDoors: Map<string, FoldedFrontDoor>
  readonly crowdedOut: Set<string>
}

/** Begins a record. All that is added to it has to be under these lines, and nothing any more to the record before. */
export const createFold = (lines: Lines): Fold => ({
  lines,
  rowsBefore: lines.rows,
  place: undefined,
  services: new Map(),
  frontDoors: new Map(),
  crowdedOut: new Set(),
})

/** Where spans of this source that ended then (epoch ms) are added up: in the row of its commit and hour, or in one that takes what finds no room. */
export function placeOf(fold: Fold, source: SpanSource, endMs: EpochMs): Place {
  const hour = hourOf(endMs)
  if (fold.place?.source === source && fold.place.hour === hour) return fold.place
  const service = serviceFold(fold, source.service)
  fold.place = { source, hour, service, open: rowOf(fold, service, source.commit, hour) }
  return fold.place
}

function serviceFold(fold: Fold, name: string): ServiceFold {
  const known = fold.services.get(name)
  if (known !== undefined) return known
  if (fold.services.size >= MAX_SERVICES && name !== OVERFLOW) return serviceFold(fold, OVERFLOW)
  const service: ServiceFold = {
    ...{ service: name, rows: new Map(), hours: [], opened: 0, names: undefined, skus: new Set(), fittingSkus: [] },
    crowdedOut: fold.crowdedOut,
  }
  fold.services.set(name, service)
  return service
}

/** The row of the commit and of the hour in which the span ended; the nearest of three hours where a record has more. */
function rowOf(fold: Fold, service: ServiceFold, commitName: string, ownHour: Hour): OpenRow {
  const hour = boundedHour(service.hours, ownHour)
  const commit = service.rows.has(commitName) || service.rows.size < MAX_COMMITS ? commitName : OVERFLOW
  let byHour = service.rows.get(commit)
  if (byHour === undefined) {
    byHour = new Map()
    service.rows.set(commit, byHour)
  }
  const known = byHour.get(hour)
  if (known !== undefined) return known
  fold.lines.rows += 1
  const row = { service: service.service, hour, commit, operations: [], uncharged: new Map() }
  const open = { number: fold.lines.rows, row }
  byHour.set(hour, open)
  return open
}

function boundedHour(hours: Hour[], hour: Hour): Hour {
  if (hours.includes(hour)) return hour
  if (hours.length < MAX_HOURS) {
    hours.push(hour)
    return hour
  }
  return hours.reduce((nearest, kept) => (Math.abs(kept - hour) < Math.abs(nearest - hour) ? kept : nearest))
}
