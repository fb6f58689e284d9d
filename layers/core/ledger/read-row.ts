import type { Sku } from '../rating/usage.ts'
import type { EpochMs } from '../time/instants.ts'
import { type CounterKey, isParked, isWaiting, nameOf, outcomeOfAttribute, parkedNames } from './counters.ts'
import { unpack } from './packed.ts'
import type { FrontDoorRow, LedgerRow, ParkedRow, RowKey } from './row.ts'
import { parseRowName } from './row-name.ts'

/** A stored row: its counters by key (ids resolved to names), its fence, its place. */
export interface StoredRow {
  readonly service: string
  readonly row: string
  readonly fenceOffset: number
  readonly fenceTimestampMs: EpochMs
  readonly counters: ReadonlyMap<CounterKey, bigint>
}

/**
 * A stored row as readers see it; undefined for a row of another generation. A parked row gives two views of itself: what
 * of it was settled, and which of its spans wait, as one more ledger row of its key; and the usage that still waits.
 */
export function readRow(
  stored: StoredRow,
): { readonly ledger: LedgerRow; readonly parked: ParkedRow | undefined } | undefined {
  const name = parseRowName(stored.row)
  if (name === undefined) return undefined
  const key: RowKey = { service: stored.service, hour: name.hour, commit: name.commit, shard: name.shard }
  const fence = { offset: stored.fenceOffset, timestampMs: stored.fenceTimestampMs }
  const ledger = { ...key, fence, ...ledgerCounters(stored.counters) }
  const usage = parkedUsage(stored.counters)
  if (name.parkedMinute === undefined || usage.length === 0) return { ledger, parked: undefined }
  return { ledger, parked: { ...key, fence, minute: name.parkedMinute, usage } }
}

/** An environment's own row: front-door requests by minute. */
export function readFrontDoorRow(stored: StoredRow, environment: string): FrontDoorRow | undefined {
  const name = parseRowName(stored.row)
  if (name === undefined) return undefined
  const minutes = [...stored.counters]
    .filter(([key]) => key.startsWith('m'))
    .map(([key, requests]) => ({ minute: Number(key.slice(1)), requests: Number(requests) }))
  return { environment, hour: name.hour, minutes }
}

function ledgerCounters(
  counters: ReadonlyMap<CounterKey, bigint>,
): Pick<LedgerRow, 'minutes' | 'operations' | 'usage' | 'outcomes'> {
  const minutes: LedgerRow['minutes'][number][] = []
  const operations: LedgerRow['operations'][number][] = []
  const usage: LedgerRow['usage'][number][] = []
  const outcomes: LedgerRow['outcomes'][number][] = []
  let waiting = 0
  for (const [key, value] of counters) {
    const outcome = outcomeOfAttribute(key)
    if (isWaiting(key)) waiting += Number(value)
    else if (outcome !== undefined) outcomes.push({ outcome, spans: Number(value) })
    else if (key.startsWith('u:')) outcomes.push({ outcome: `unmetered:${nameOf(key)}`, spans: Number(value) })
    else if (key.startsWith('s:')) usage.push({ sku: nameOf(key) as Sku, quantity: value })
    else if (key.startsWith('o:')) {
      const { amount, count } = unpack(value)
      operations.push({ operation: nameOf(key), cost: amount, spans: count })
    } else if (key.startsWith('m')) {
      const { amount, count } = unpack(value)
      minutes.push({ minute: Number(key.slice(1)), cost: amount, entryRequests: count })
    }
  }
  if (waiting > 0) outcomes.push({ outcome: 'parked', spans: waiting })
  return { minutes, operations, usage, outcomes }
}

function parkedUsage(counters: ReadonlyMap<CounterKey, bigint>): ParkedRow['usage'] {
  return [...counters]
    .filter(([key]) => isParked(key))
    .map(([key, value]) => {
      const [operation, sku] = parkedNames(key)
      const { amount, count } = unpack(value)
      return { operation, sku, quantity: amount as bigint, spans: count }
    })
}
