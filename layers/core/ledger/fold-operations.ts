import { type EpochMs, type Hour, hourOf, minuteInHour, minuteOf } from '../time/instants.ts'
import { MAX_OPERATIONS, OVERFLOW, operationCounter } from './counters.ts'
import type { Fold, Place, ServiceFold } from './fold-rows.ts'
import type { FoldedRow, MinuteUsage, OperationUsage, UsageGroup } from './folded-record.ts'
import type { Line } from './lines.ts'

const NO_GROUPS: readonly UsageGroup[] = []

/** What the line used in the minute in which its spans ended (epoch ms); under `*` where its service names as many operations as it may. */
export function usageOf(fold: Fold, { service, open }: Place, line: Line, endMs: EpochMs): MinuteUsage {
  const { number, row } = open
  const minute = minuteOfRow(row.hour, endMs)
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
