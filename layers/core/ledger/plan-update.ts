import type { EpochMs } from '../time/instants.ts'
import { type CounterKey, cappedKey, isNamed } from './counters.ts'
import type { Fence } from './row.ts'

/** What one Kafka record adds to one row. */
export interface RecordCounters {
  readonly offset: number
  /** The record's own Kafka timestamp. */
  readonly timestampMs: EpochMs
  readonly counters: ReadonlyMap<CounterKey, bigint>
}

/** What the writer knows of a stored row: its fence, and the named counters it has. */
export interface SeenRow {
  /** Undefined: the row is not there. */
  readonly fence: Fence | undefined
  readonly named: ReadonlySet<CounterKey>
}

export const ABSENT: SeenRow = { fence: undefined, named: new Set() }

/** One conditional update: add `counters` and set `fence`, provided the stored fence is still the one that was seen. */
export interface RowUpdate {
  readonly counters: ReadonlyMap<CounterKey, bigint>
  readonly fence: Fence
  /** What the row is after the update. */
  readonly after: SeenRow
  /** Records that the update does not hold, in order; they go into the next one. */
  readonly rest: readonly RecordCounters[]
}

/** The topic was made anew: its offsets start again, and mean other records than the ones the ledger has booked. */
export class TopicRecreated extends Error {
  override readonly name = 'TopicRecreated'
  readonly offset: number
  constructor(offset: number, fence: Fence) {
    super(
      `the record at offset ${offset} is newer than the record at offset ${fence.offset} that is already booked: ` +
        'the topic was made anew. Set topic.epoch in the configuration to a new value and deploy.',
    )
    this.offset = offset
  }
}

/** DynamoDB allows 300 operators in an expression and does not say whether an ADD is one: stay well below. */
export const MAX_COUNTERS_PER_UPDATE = 250

/** Kafka timestamps of one partition may go back by clock skew between producers; minutes mean another topic. */
const RECREATED_AFTER_MS = 5 * 60_000

/**
 * The next update of a row, from what is stored and the records at hand (ascending offsets). Records at or below the
 * fence are already booked: any batch may be delivered any number of times, cut anywhere. Undefined: nothing to write.
 * @throws TopicRecreated
 */
export function planUpdate(seen: SeenRow, records: readonly RecordCounters[]): RowUpdate | undefined {
  const pending = recordsAfter(seen.fence, records)
  const named = new Set(seen.named)
  const sums = new Map<CounterKey, bigint>()
  let taken = 0
  let fence: Fence | undefined
  for (const record of pending) {
    const additions = cappedCounters(record.counters, named)
    if (taken > 0 && unionSize(sums, additions) > MAX_COUNTERS_PER_UPDATE) break
    for (const [key, amount] of additions) {
      sums.set(key, (sums.get(key) ?? 0n) + amount)
      if (isNamed(key)) named.add(key)
    }
    fence = { offset: record.offset, timestampMs: record.timestampMs }
    taken += 1
  }
  if (fence === undefined) return undefined
  return { counters: sums, fence, after: { fence, named }, rest: pending.slice(taken) }
}

function recordsAfter(fence: Fence | undefined, records: readonly RecordCounters[]): readonly RecordCounters[] {
  if (fence === undefined) return records
  const recreated = records.find(
    (record) => record.offset <= fence.offset && record.timestampMs > fence.timestampMs + RECREATED_AFTER_MS,
  )
  if (recreated !== undefined) throw new TopicRecreated(recreated.offset, fence)
  return records.filter((record) => record.offset > fence.offset)
}

/** The record's counters under the names that the row still has room for. `named` is not changed. */
function cappedCounters(
  counters: ReadonlyMap<CounterKey, bigint>,
  named: ReadonlySet<CounterKey>,
): ReadonlyMap<CounterKey, bigint> {
  const room = new Set(named)
  const capped = new Map<CounterKey, bigint>()
  for (const [key, amount] of counters) {
    const under = cappedKey(key, room)
    if (isNamed(under)) room.add(under)
    capped.set(under, (capped.get(under) ?? 0n) + amount)
  }
  return capped
}

function unionSize(sums: ReadonlyMap<CounterKey, bigint>, additions: ReadonlyMap<CounterKey, bigint>): number {
  let size = sums.size
  for (const key of additions.keys()) if (!sums.has(key)) size += 1
  return size
}
