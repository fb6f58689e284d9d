import { environmentOf } from '../identity/service.ts'
import type { WholeNumber } from '../money/whole-number.ts'
import { type EpochMs, hourOf, minuteInHour, minuteOf } from '../time/instants.ts'
import { usageOf } from './fold-operations.ts'
import { type Fold, placeOf } from './fold-rows.ts'
import { addUsage } from './fold-usage.ts'
import type { FoldedRecord, FoldedRow } from './folded-record.ts'
import type { Line } from './lines.ts'
import type { RatedAlike } from './rated-alike.ts'

/**
 * Adds `received` spans of one line that ended in the same minute and are rated alike. `quantities`: quanta of all of
 * them by SKU, before the sampling weight; the fold keeps the list. What finds no room is folded by whoever comes first, so spans have to come in the
 * order of the record; of those that are rated alike only the first one's place counts.
 */
export function addSpans(
  fold: Fold,
  line: Line,
  endMs: EpochMs,
  rated: RatedAlike,
  received: number,
  quantities: WholeNumber[],
): void {
  const place = placeOf(fold, line.source, endMs)
  const { service } = place
  const { row } = place.open
  if (rated.frontDoor) addFrontDoor(fold, environmentOf(line.source.service), endMs, rated.weight * received)
  if (rated.uncharged !== undefined) {
    row.uncharged.set(rated.uncharged, (row.uncharged.get(rated.uncharged) ?? 0) + received)
    if (!rated.entry) return
  }
  const minute = usageOf(fold, place, line, endMs)
  minute.spans += rated.weight * received
  if (rated.entry) minute.entryRequests += rated.weight * received
  if (rated.skus.length > 0) addUsage(service, minute, rated, received, quantities)
}

function addFrontDoor(fold: Fold, environment: string, endMs: EpochMs, requests: number): void {
  const hour = hourOf(endMs)
  const key = `${hour} ${environment}`
  let door = fold.frontDoors.get(key)
  if (door === undefined) {
    door = { environment, hour, minutes: new Map() }
    fold.frontDoors.set(key, door)
  }
  const minute = minuteInHour(minuteOf(endMs))
  door.minutes.set(minute, (door.minutes.get(minute) ?? 0) + requests)
}

/** What was added. */
export function foldedRecord(fold: Fold): FoldedRecord {
  const rows: FoldedRow[] = []
  for (const service of fold.services.values()) {
    for (const byHour of service.rows.values()) for (const { row } of byHour.values()) rows.push(row)
  }
  return { rows, frontDoors: [...fold.frontDoors.values()], crowdedOut: [...fold.crowdedOut] }
}
