import { environmentOf } from '../identity/service.ts'
import type { Sku, UnchargedReason } from '../rating/usage.ts'
import { type EpochMs, type Hour, hourOf, minuteInHour, minuteOf } from '../time/instants.ts'
import { MAX_OPERATIONS, MAX_SKUS, OVERFLOW, unknownSku } from './counters.ts'

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
  readonly quantities: bigint[]
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

/** What one record holds for one (service, hour, commit), by operation and minute of the hour. */
export interface FoldedRow {
  readonly service: string
  readonly hour: Hour
  readonly commit: string
  readonly operations: Map<string, MinuteUsage[]>
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

/** Whose spans: the service and the commit of their resource. */
export interface SpanSource {
  readonly service: string
  readonly commit: string
}

/** What spans that are rated alike have in common; all but the quantities. */
export interface RatedAlike {
  readonly operation: string
  readonly entry: boolean
  readonly frontDoor: boolean
  readonly uncharged: UnchargedReason | undefined
  readonly weight: number
  readonly skus: readonly Sku[]
  /** `usageKey(skus)`. */
  readonly key: string
}

interface ServiceFold {
  readonly service: string
  readonly rows: Map<string, Map<Hour, FoldedRow>>
  readonly hours: Hour[]
  readonly operations: Set<string>
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
  readonly row: FoldedRow
}

const NO_GROUPS: readonly UsageGroup[] = []

/** A record that is being folded. */
export interface Fold {
  /** Where the last spans were added: the next are often of the same source and hour. */
  place: Place | undefined
  readonly services: Map<string, ServiceFold>
  readonly frontDoors: Map<string, FoldedFrontDoor>
  readonly crowdedOut: Set<string>
}

export const createFold = (): Fold => ({
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
    for (const byHour of service.rows.values()) rows.push(...byHour.values())
  }
  return { rows, frontDoors: [...fold.frontDoors.values()], crowdedOut: [...fold.crowdedOut] }
}

/**
 * Adds `received` spans of one source that ended in the same minute and are rated alike. `quantities`: quanta of all of
 * them by SKU, before the sampling weight; the fold keeps the list. What finds no room is folded by whoever comes first, so spans have to come in the
 * order of the record; of those that are rated alike only the first one's place counts.
 */
export function addSpans(
  fold: Fold,
  source: SpanSource,
  endMs: EpochMs,
  rated: RatedAlike,
  received: number,
  quantities: bigint[],
): void {
  const { service, row } = placeOf(fold, source, endMs)
  if (rated.frontDoor) addFrontDoor(fold, environmentOf(source.service), endMs, rated.weight * received)
  if (rated.uncharged !== undefined) {
    row.uncharged.set(rated.uncharged, (row.uncharged.get(rated.uncharged) ?? 0) + received)
    if (!rated.entry) return
  }
  const minute = minuteUsage(service, row, rated.operation, endMs)
  minute.spans += rated.weight * received
  if (rated.entry) minute.entryRequests += rated.weight * received
  if (rated.skus.length > 0) addUsage(service, minute, rated, received, quantities)
}

function placeOf(fold: Fold, source: SpanSource, endMs: EpochMs): Place {
  const hour = hourOf(endMs)
  if (fold.place?.source === source && fold.place.hour === hour) return fold.place
  const service = serviceFold(fold, source.service)
  fold.place = { source, hour, service, row: rowOf(service, source.commit, hour) }
  return fold.place
}

function addUsage(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  received: number,
  quantities: bigint[],
): void {
  const { weight } = rated
  const amounts = weight === 1 ? quantities : quantities.map((quantity) => quantity * BigInt(weight))
  const known = groupOf(minute.groups, rated.key)
  if (known !== undefined) addToGroup(known, amounts, received, weight * received)
  else addGroup(service, minute, rated, amounts, received)
}

function groupOf(groups: readonly UsageGroup[], key: string): UsageGroup | undefined {
  for (const group of groups) if (group.key === key) return group
  return undefined
}

function addToGroup(group: UsageGroup, amounts: readonly bigint[], received: number, weighted: number): void {
  group.received += received
  group.weighted += weighted
  for (let i = 0; i < amounts.length; i += 1) {
    group.quantities[i] = (group.quantities[i] as bigint) + (amounts[i] as bigint)
  }
}

/** Under the SKUs as far as the service has room for them, so that a minute has no more groups than that. */
function addGroup(
  service: ServiceFold,
  minute: MinuteUsage,
  rated: RatedAlike,
  quantities: bigint[],
  received: number,
): void {
  const weighted = rated.weight * received
  const skus = boundedSkus(service, rated.skus)
  const key = skus === rated.skus ? rated.key : usageKey(skus)
  const known = skus === rated.skus ? undefined : groupOf(minute.groups, key)
  if (known !== undefined) addToGroup(known, quantities, received, weighted)
  else minute.groups = [...minute.groups, { key, skus, quantities, received, weighted }]
}

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
    ...{ service: name, rows: new Map(), hours: [], operations: new Set(), skus: new Set(), fittingSkus: [] },
    crowdedOut: fold.crowdedOut,
  }
  fold.services.set(name, service)
  return service
}

/** The row of the commit and of the hour in which the span ended; the nearest of three hours where a record has more. */
function rowOf(service: ServiceFold, commitName: string, ownHour: Hour): FoldedRow {
  const hour = boundedHour(service.hours, ownHour)
  const commit = service.rows.has(commitName) || service.rows.size < MAX_COMMITS ? commitName : OVERFLOW
  let byHour = service.rows.get(commit)
  if (byHour === undefined) {
    byHour = new Map()
    service.rows.set(commit, byHour)
  }
  let row = byHour.get(hour)
  if (row === undefined) {
    row = { service: service.service, hour, commit, operations: new Map(), uncharged: new Map() }
    byHour.set(hour, row)
  }
  return row
}

function boundedHour(hours: Hour[], hour: Hour): Hour {
  if (hours.includes(hour)) return hour
  if (hours.length < MAX_HOURS) {
    hours.push(hour)
    return hour
  }
  return hours.reduce((nearest, kept) => (Math.abs(kept - hour) < Math.abs(nearest - hour) ? kept : nearest))
}

function minuteUsage(service: ServiceFold, row: FoldedRow, operationName: string, endMs: EpochMs): MinuteUsage {
  const minute = minuteOfRow(row.hour, endMs)
  const known = row.operations.get(operationName)
  if (known !== undefined) return usageOfMinute(known, minute)
  const operation = boundedOperation(service.operations, operationName)
  const others = operation === operationName ? undefined : row.operations.get(operation)
  if (others !== undefined) return usageOfMinute(others, minute)
  const usage = emptyUsage(minute)
  row.operations.set(operation, [usage])
  return usage
}

const emptyUsage = (minute: number): MinuteUsage => ({ minute, groups: NO_GROUPS, spans: 0, entryRequests: 0 })

function usageOfMinute(minutes: MinuteUsage[], minute: number): MinuteUsage {
  for (const known of minutes) if (known.minute === minute) return known
  const usage = emptyUsage(minute)
  minutes.push(usage)
  return usage
}

function boundedOperation(operations: Set<string>, operation: string): string {
  const before = operations.size
  operations.add(operation)
  if (operations.size < MAX_OPERATIONS || operations.size === before) return operation
  operations.delete(operation)
  return OVERFLOW
}

/** The minute of the row's hour; the hour's nearest edge where the span was moved to another hour. */
function minuteOfRow(hour: Hour, endMs: EpochMs): number {
  const own = hourOf(endMs)
  if (own === hour) return minuteInHour(minuteOf(endMs))
  return own < hour ? 0 : 59
}
