import { environmentOf } from '../identity/service.ts'
import { operationOfText } from '../operation/operation.ts'
import type { DecodedRecord, PlainRecord, Span } from '../otlp/span.ts'
import { DECLARED_SKU } from '../prices/sku.ts'
import { rateSpan } from '../rating/rate-span.ts'
import type { RatingContext } from '../rating/rating-context.ts'
import type { RatedSpan, Sku, Usage } from '../rating/usage.ts'
import { type EpochMs, type Hour, hourOf, minuteInHour, minuteOf } from '../time/instants.ts'
import { MAX_OPERATIONS, MAX_SKUS, OVERFLOW, unknownSku } from './counters.ts'

/** What one record may name, so that nothing a stranger sends grows without bound. */
const MAX_SERVICES = 500
const MAX_COMMITS = 8
const MAX_HOURS = 3

/** Spans of one operation and minute that used the same SKUs: all of them are priced, or all wait for the same price. */
export interface UsageGroup {
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
  readonly groups: Map<string, UsageGroup>
  /** Charged and entry spans, weighted. */
  spans: number
  entryRequests: number
}

/** What one record holds for one (service, hour, commit), by operation and minute of the hour. */
export interface FoldedRow {
  readonly service: string
  readonly hour: Hour
  readonly commit: string
  readonly operations: Map<string, Map<number, MinuteUsage>>
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
}

interface ServiceFold {
  readonly service: string
  readonly rows: Map<string, Map<Hour, FoldedRow>>
  readonly hours: Hour[]
  readonly operations: Set<string>
  readonly skus: Set<Sku>
}

interface Fold {
  readonly services: Map<string, ServiceFold>
  readonly frontDoors: Map<string, FoldedFrontDoor>
}

/** Folds a decoded record: rates each span and adds its usage up by (service, commit, hour, operation, minute, SKU). */
export function foldRecord(record: DecodedRecord, context: RatingContext): FoldedRecord {
  const fold: Fold = { services: new Map(), frontDoors: new Map() }
  for (const span of record.spans) addSpan(fold, span, rateSpan(span, context))
  for (const plain of record.plain) addPlainRecord(fold, plain)
  const rows: FoldedRow[] = []
  for (const service of fold.services.values()) {
    for (const byHour of service.rows.values()) rows.push(...byHour.values())
  }
  return { rows, frontDoors: [...fold.frontDoors.values()] }
}

function addSpan(fold: Fold, span: Span, rated: RatedSpan): void {
  const service = serviceFold(fold, span.resource.service)
  const row = rowOf(service, span.resource.commit, span.endMs)
  if (rated.frontDoor) addFrontDoor(fold, environmentOf(span.resource.service), span.endMs, rated.weight)
  if (rated.uncharged !== undefined) {
    row.uncharged.set(rated.uncharged, (row.uncharged.get(rated.uncharged) ?? 0) + 1)
    if (!rated.entry) return
  }
  const minute = minuteUsage(service, row, rated.operation, span.endMs)
  minute.spans += rated.weight
  if (rated.entry) minute.entryRequests += rated.weight
  if (rated.usage.length > 0) addUsage(service, minute, rated.usage, rated.weight)
}

function addPlainRecord(fold: Fold, plain: PlainRecord): void {
  const service = serviceFold(fold, plain.service)
  const row = rowOf(service, plain.commit, plain.endMs)
  const minute = minuteUsage(service, row, operationOfText(plain.operation), plain.endMs)
  minute.spans += 1
  minute.entryRequests += 1
  addUsage(service, minute, [{ sku: DECLARED_SKU, quantity: Number(plain.declared) }], 1)
}

function addUsage(service: ServiceFold, minute: MinuteUsage, usage: readonly Usage[], weight: number): void {
  const key = usage.length === 1 ? (usage[0] as Usage).sku : usage.map(skuOf).join('\n')
  let group = minute.groups.get(key)
  if (group === undefined) {
    const skus = usage.map((used) => boundedSku(service, used.sku))
    group = { skus, quantities: usage.map(() => 0n), received: 0, weighted: 0 }
    minute.groups.set(key, group)
  }
  group.received += 1
  group.weighted += weight
  for (let i = 0; i < usage.length; i += 1) {
    const quantity = BigInt((usage[i] as Usage).quantity)
    group.quantities[i] = (group.quantities[i] ?? 0n) + (weight === 1 ? quantity : quantity * BigInt(weight))
  }
}

const skuOf = (used: Usage): Sku => used.sku

function boundedSku(service: ServiceFold, sku: Sku): Sku {
  if (service.skus.has(sku)) return sku
  if (service.skus.size >= MAX_SKUS) return unknownSku(sku)
  service.skus.add(sku)
  return sku
}

function addFrontDoor(fold: Fold, environment: string, endMs: EpochMs, weight: number): void {
  const hour = hourOf(endMs)
  const key = `${hour} ${environment}`
  let door = fold.frontDoors.get(key)
  if (door === undefined) {
    door = { environment, hour, minutes: new Map() }
    fold.frontDoors.set(key, door)
  }
  const minute = minuteInHour(minuteOf(endMs))
  door.minutes.set(minute, (door.minutes.get(minute) ?? 0) + weight)
}

function serviceFold(fold: Fold, name: string): ServiceFold {
  const known = fold.services.get(name)
  if (known !== undefined) return known
  if (fold.services.size >= MAX_SERVICES && name !== OVERFLOW) return serviceFold(fold, OVERFLOW)
  const service: ServiceFold = { service: name, rows: new Map(), hours: [], operations: new Set(), skus: new Set() }
  fold.services.set(name, service)
  return service
}

/** The row of the commit and of the hour in which the span ended; the nearest of three hours where a record has more. */
function rowOf(service: ServiceFold, commitName: string, endMs: EpochMs): FoldedRow {
  const hour = boundedHour(service.hours, hourOf(endMs))
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
  const operation = boundedOperation(service.operations, operationName)
  let byMinute = row.operations.get(operation)
  if (byMinute === undefined) {
    byMinute = new Map()
    row.operations.set(operation, byMinute)
  }
  const minute = minuteOfRow(row.hour, endMs)
  let usage = byMinute.get(minute)
  if (usage === undefined) {
    usage = { groups: new Map(), spans: 0, entryRequests: 0 }
    byMinute.set(minute, usage)
  }
  return usage
}

function boundedOperation(operations: Set<string>, operation: string): string {
  if (operations.has(operation)) return operation
  if (operations.size >= MAX_OPERATIONS - 1) return OVERFLOW
  operations.add(operation)
  return operation
}

/** The minute of the row's hour; the hour's nearest edge where the span was moved to another hour. */
function minuteOfRow(hour: Hour, endMs: EpochMs): number {
  const own = hourOf(endMs)
  if (own === hour) return minuteInHour(minuteOf(endMs))
  return own < hour ? 0 : 59
}
