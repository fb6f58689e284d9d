import { times, type WholeNumber } from '../money/whole-number.ts'
import type { Sku } from '../rating/usage.ts'
import { type Hour, hourOfMinute, type Minute, minuteInHour } from '../time/instants.ts'
import { operationCounter } from './counters.ts'
import type { FoldedRecord, OperationUsage } from './folded-record.ts'
import { usageKey } from './rated-alike.ts'

/** A function of the deployment, by its name in AWS. */
interface OwnFunction {
  readonly name: string
  readonly memoryMb: number
}

/** What of one minute CloudWatch counted for a function or a table. */
export type OwnCount =
  | {
      readonly of: 'function'
      readonly name: string
      readonly minute: Minute
      readonly invocations: number
      /** Of all its invocations together, ms. */
      readonly durationMs: number
    }
  | {
      readonly of: 'table'
      readonly name: string
      readonly minute: Minute
      /** Request units consumed. */
      readonly readUnits: number
      readonly writeUnits: number
    }

/** Where the deployment runs, and as what it is booked. */
export interface OwnIdentity {
  readonly service: string
  readonly commit: string
  readonly region: string
  readonly functions: readonly OwnFunction[]
}

/**
 * What the deployment itself used in one hour, as a record like those that spans are folded into: the operation is the
 * function's name or `DynamoDB <table>`, an invocation is an entry request. Lambda bills each invocation rounded up to the
 * millisecond and CloudWatch tells the sum of exact durations: up to a millisecond an invocation is added, so that what is
 * booked is never less than what is billed. Undefined where nothing was counted.
 */
export function ownRecord(counts: readonly OwnCount[], hour: Hour, own: OwnIdentity): FoldedRecord | undefined {
  const operations: OperationUsage[] = []
  for (const count of counts) {
    if (hourOfMinute(count.minute) !== hour) continue
    const used = usageOf(count, own)
    if (used.quantities.every((quantity) => quantity === 0)) continue
    const operation = count.of === 'function' ? count.name : `DynamoDB ${count.name}`
    const requests = count.of === 'function' ? count.invocations : 0
    const spans = Math.max(requests, 1)
    const group = { key: usageKey(used.skus), ...used, received: spans, weighted: spans }
    const minute = { minute: minuteInHour(count.minute), groups: [group], spans, entryRequests: requests }
    const known = operations.find((each) => each.operation === operation)
    if (known === undefined) operations.push({ operation, counter: operationCounter(operation), minutes: [minute] })
    else known.minutes.push(minute)
  }
  if (operations.length === 0) return undefined
  const row = { service: own.service, hour, commit: own.commit, operations, uncharged: new Map<string, number>() }
  return { rows: [row], frontDoors: [], crowdedOut: [] }
}

function usageOf(
  count: OwnCount,
  { region, functions }: OwnIdentity,
): { skus: readonly Sku[]; quantities: WholeNumber[] } {
  const sku = (family: string): Sku => `${family}@${region}` as Sku
  if (count.of === 'table') {
    const tenths = (units: number): number => Math.ceil(units * 10)
    return {
      skus: [sku('aws/dynamodb/read-unit'), sku('aws/dynamodb/write-unit')],
      quantities: [tenths(count.readUnits), tenths(count.writeUnits)],
    }
  }
  const memoryMb = functions.find(({ name }) => name === count.name)?.memoryMb ?? 0
  const billedMs = count.invocations === 0 ? 0 : Math.ceil(count.durationMs) + count.invocations
  return {
    skus: [sku('aws/lambda/gb-second/arm64'), sku('aws/lambda/request')],
    quantities: [times(billedMs, memoryMb), count.invocations],
  }
}
