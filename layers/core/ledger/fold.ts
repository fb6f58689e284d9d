import { environmentOf } from '../identity/service.ts'
import { plus, times, type WholeNumber } from '../money/whole-number.ts'
import type { Sku, UnchargedReason } from '../rating/usage.ts'
import { type EpochMs, type Hour, hourOf, minuteInHour, minuteOf } from '../time/instants.ts'
import { type CounterKey, MAX_OPERATIONS, MAX_SKUS, OVERFLOW, operationCounter, unknownSku } from './counters.ts'
import type { Line, Lines, SpanSource } from './lines.ts'

/** What one record may name, so that nothing a stranger sends grows without bound. */
const MAX_SERVICES = 500
const MAX_COMMITS = 8
const MAX_HOURS = 3
/** Names that a dead letter tells; one is enough to find the service's fault. */
const MAX_CROWDED_OUT = 50

/** Spans of one operation and minute that used the same SKUs: all of them are priced, or all wait for the same price. */
interface UsageGroup {
  /** `usageKey(skus)`. */
  readonly key: string
  readonly skus: readonly Sku[]
  /** Quanta by SKU, in the order of `skus`; weighted by sampling. */
  readonly quantities: WholeNumber[]
  /** Spans received. */
  received: number
  /** Spans that those stand for (sampling). */
  weighted: number
}

/** What one minute of one operation used. */
export interface MinuteUsage {
  /** Of the row's hour, 0 to 59. */
  readonly minute: number
  groups: readonly UsageGroup[]
  /** Charged and entry spans, weighted. */
  spans: number
  entryRequests: number
}

/** What one operation of a row used, by minute of the hour. */
export interface OperationUsage {
  readonly operation: string
  readonly counter: CounterKey
  readonly minutes: MinuteUsage[]
}

/** What one record holds for one (service, hour, commit). */
export interface FoldedRow {
  readonly service: string
  readonly hour: Hour
  readonly commit: string
  /** Each operation once. */
  readonly operations: OperationUsage[]
  /** Spans received that are not charged, by reason. */
  readonly uncharged: Map<string, number>
}

/** Front-door requests of one environment and hour, by minute, weighted. */
export interface FoldedFrontDoor {
  readonly environment: string
  readonly hour: Hour
  readonly minutes: Map<number, number>
}

/** A Kafka record as integer totals: no money yet, so nothing here depends on prices. */
export interface FoldedRecord {
  readonly rows: readonly FoldedRow[]
  readonly frontDoors: readonly FoldedFrontDoor[]
  /** `checkout: model/openai/x/input-token`: SKUs that found no room, the first of them; their usage is under `unknown/<meter>`. */
  readonly crowdedOut: readonly string[]
}

/** What spans of a line that are rated alike have in common; all but the quantities. */
export interface RatedAlike {
  readonly entry: boolean
  readonly frontDoor: boolean
  readonly uncharged: UnchargedReason | undefined
  readonly weight: number
  readonly skus: readonly Sku[]
  /** `usageKey(skus)`. */
  readonly key: string
}

/** A row that is being filled. */
interface OpenRow {
  /** Of all rows that were begun for the same lines. */
  readonly number: number
  readonly row: FoldedRow
}

interface ServiceFold {
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
interface Place {
  readonly source: SpanSource
  readonly hour: Hour
  readonly service: ServiceFold
  readonly open: OpenRow
}

const NO_GROUPS: readonly UsageGroup[] = []

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

/** SKUs as one text: what is used together is priced or parked together. */
export const usageKey = (skus: readonly Sku[]): string => (skus.length === 1 ? (skus[0] as Sku) : skus.join('\n'))

export function foldedRecord(fold: Fold): FoldedRecord {
  const rows: FoldedRow[] = []
  for (const service of fold.services.values()) {
    for (const byHour of service.rows.values()) for (const { row } of byHour.values()) rows.push(row)
  }
  return { rows, frontDoors: [...fold.frontDoors.values()], crowdedOut: [...fold.crowdedOut] }
}

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
  const minute = usageOf(fold, place, line, minuteOfRow(row.hour, endMs))
  minute.spans += rated.weight * received
  if (rated.entry) minute.entryRequests += rated.weight * received
  if (rated.skus.length > 0) addUsage(service, minute, rated, received, quantities)
}

function placeOf(fold: Fold, source: SpanSource, endMs: EpochMs): Place {
  const hour = hourOf(endMs)
  if (fold.place?.source === source && fold.place.hour === hour) return fold.place
  const service = serviceFold(fold, source.service)
  fold.place = { source, hour, service, open: rowOf(fold, service, source.commit, hour) }
  return fold.place
}

function addUsage(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  received: number,
  quantities: WholeNumber[],
): void {
  const { weight } = rated
  const amounts = weight === 1 ? quantities : quantities.map((quantity) => times(quantity, weight))
  const known = groupOf(minute.groups, rated.key)
  if (known !== undefined) addToGroup(known, amounts, received, weight * received)
  else addGroup(service, minute, rated, amounts, received)
}

function groupOf(groups: readonly UsageGroup[], key: string): UsageGroup | undefined {
  for (const group of groups) if (group.key === key) return group
  return undefined
}

function addToGroup(group: UsageGroup, amounts: readonly WholeNumber[], received: number, weighted: number): void {
  group.received += received
  group.weighted += weighted
  for (let i = 0; i < amounts.length; i += 1) {
    group.quantities[i] = plus(group.quantities[i] as WholeNumber, amounts[i] as WholeNumber)
  }
}

/** Under the SKUs as far as the service has room for them, so that a minute has no more groups than that. */
function addGroup(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  quantities: WholeNumber[],
  received: number,
): void {
  const weighted = rated.weight * received
  const skus = boundedSkus(service, rated.skus)
  const key = skus === rated.skus ? rated.key : usageKey(skus)
  const known = skus === rated.skus ? undefined : groupOf(minute.groups, key)
  if (known !== undefined) addToGroup(known, quantities, received, weighted)
  else minute.groups = withGroup(minute.groups, { key, skus, quantities, received, weighted })
}

/** Most minutes have one group, and a list of one is the smallest that there is. */
const withGroup = (groups: readonly UsageGroup[], group: UsageGroup): readonly UsageGroup[] =>
  groups.length === 0 ? [group] : [...groups, group]

/** The same list where there is room for all of them. */
function boundedSkus(service: ServiceFold, skus: readonly Sku[]): readonly Sku[] {
  if (service.fittingSkus === skus) return skus
  let bounded: Sku[] | undefined
  for (let i = 0; i < skus.length; i += 1) {
    const sku = skus[i] as Sku
    const kept = boundedSku(service, sku)
    if (kept === sku) continue
    bounded ??= [...skus]
    bounded[i] = kept
  }
  if (bounded !== undefined) return bounded
  service.fittingSkus = skus
  return skus
}

function boundedSku(service: ServiceFold, sku: Sku): Sku {
  if (service.skus.has(sku)) return sku
  if (service.skus.size >= MAX_SKUS) {
    if (service.crowdedOut.size < MAX_CROWDED_OUT) service.crowdedOut.add(`${service.service}: ${sku}`)
    return unknownSku(sku)
  }
  service.skus.add(sku)
  return sku
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

/** What the line used in a minute of the row. */
function usageOf(fold: Fold, { service, open }: Place, line: Line, minute: number): MinuteUsage {
  const { number, row } = open
  if (line.row === number) return usageOfMinute(row.operations[line.place] as OperationUsage, minute)
  // a line's own row has nothing of the line before the line was added to; where what finds no room is gathered, others have been
  const isNew = line.row <= fold.rowsBefore && isOwnRow(row, line)
  const known = isNew ? -1 : placeNamed(row, line.operation)
  line.place = known < 0 ? openUsage(service, row, line, minute) : known
  line.row = number
  return usageOfMinute(row.operations[line.place] as OperationUsage, minute)
}

const isOwnRow = ({ service, commit }: FoldedRow, { source, operation }: Line): boolean =>
  service === source.service &&
  commit === source.commit &&
  service !== OVERFLOW &&
  commit !== OVERFLOW &&
  operation !== OVERFLOW

const placeNamed = ({ operations }: FoldedRow, name: string): number =>
  operations.findIndex(({ operation }) => operation === name)

/** Where in the row the line is added up from now on: by itself if the service has room for its operation. */
function openUsage(service: ServiceFold, row: FoldedRow, line: Line, minute: number): number {
  const hasRoom = isRoomForOperation(service, line.operation)
  const others = hasRoom ? -1 : placeNamed(row, OVERFLOW)
  if (others >= 0) return others
  const { operation, counter } = hasRoom ? line : { operation: OVERFLOW, counter: operationCounter(OVERFLOW) }
  service.opened += 1
  return row.operations.push({ operation, counter, minutes: [emptyUsage(minute)] }) - 1
}

const emptyUsage = (minute: number): MinuteUsage => ({ minute, groups: NO_GROUPS, spans: 0, entryRequests: 0 })

function usageOfMinute({ minutes }: OperationUsage, minute: number): MinuteUsage {
  for (const known of minutes) if (known.minute === minute) return known
  const usage = emptyUsage(minute)
  minutes.push(usage)
  return usage
}

function isRoomForOperation(service: ServiceFold, operation: string): boolean {
  if (service.opened < MAX_OPERATIONS - 1) return true
  service.names ??= namesOf(service)
  if (service.names.size >= MAX_OPERATIONS - 1 && !service.names.has(operation)) return false
  service.names.add(operation)
  return true
}

function namesOf({ rows }: ServiceFold): Set<string> {
  const names = new Set<string>()
  for (const byHour of rows.values()) {
    for (const { row } of byHour.values()) for (const { operation } of row.operations) names.add(operation)
  }
  return names
}

/** The minute of the row's hour; the hour's nearest edge where the span was moved to another hour. */
function minuteOfRow(hour: Hour, endMs: EpochMs): number {
  const own = hourOf(endMs)
  if (own === hour) return minuteInHour(minuteOf(endMs))
  return own < hour ? 0 : 59
}
