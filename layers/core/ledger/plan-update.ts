import type { EpochMs } from '../time/instants.ts'
import { type CounterKey, isNamed, isRoomFor, nameRoom } from './counters.ts'
import { refuseRecreated } from './recreated-topic.ts'
import type { Fence } from './row.ts'

/** What one Kafka record adds to one row. */
export interface RecordCounters {
  readonly offset: number
  /** The record's own Kafka timestamp. */
  readonly timestampMs: EpochMs
  readonly counters: Counters
  /** What it parks in the row's siblings, by minute of the hour. */
  readonly parked?: ParkedByMinute
}

type Counters = ReadonlyMap<CounterKey, bigint>
/** Counters of parked rows by minute of the hour. */
export type ParkedByMinute = ReadonlyMap<number, Counters>

/** What the writer knows of a stored row: its fence, and the named counters it has. */
export interface SeenRow {
  /** Undefined: the row is not there. */
  readonly fence: Fence | undefined
  readonly named: ReadonlySet<CounterKey>
  /** What the last update parks; its siblings may not have it yet. They must, before the row moves on. */
  readonly unparked: ParkedByMinute
}

const NOTHING: Counters = new Map()
const NOTHING_PARKED: ParkedByMinute = new Map()
export const ABSENT: SeenRow = { fence: undefined, named: new Set(), unparked: NOTHING_PARKED }

/**
 * One conditional update: add `counters`, set `fence` and note `parked` in the row, provided the stored fence is still the
 * one that was seen. That one write decides what of a record is money and what is parked, whatever the next price book says.
 */
export interface RowUpdate {
  readonly counters: Counters
  readonly parked: ParkedByMinute
  readonly fence: Fence
  /** Offset of the first record that the update holds. */
  readonly first: number
  /** What the row is after the update. */
  readonly after: SeenRow
  /** Records that the update does not hold, in order; they go into the next one. */
  readonly rest: readonly RecordCounters[]
}

/** DynamoDB allows 300 operators in an expression and does not say whether an ADD is one: stay well below. */
export const MAX_COUNTERS_PER_UPDATE = 250
/** Parked counters that one update notes in its row, at some 30 bytes each. One record's may be more. */
const MAX_PARKED_PER_UPDATE = 1000

/**
 * The next update of a row, from what is stored and the records at hand (ascending offsets). Records at or below the
 * fence are already booked: any batch may be delivered any number of times, cut anywhere. Undefined: nothing to write.
 * `parkedNamed`: the named counters that the row's sibling of a minute has.
 * @throws TopicRecreated
 */
export function planUpdate(
  seen: SeenRow,
  records: readonly RecordCounters[],
  parkedNamed: (minute: number) => ReadonlySet<CounterKey> = () => new Set(),
): RowUpdate | undefined {
  const pending = recordsAfter(seen.fence, records)
  if (pending.length === 0) return undefined
  const row: Sums = { named: seen.named, sums: NOTHING, own: undefined }
  const siblings = new Map<number, Sums>()
  let taken = 0
  let fence: Fence | undefined
  for (const record of pending) {
    const additions = cappedCounters(record.counters, row.named)
    const parks = [...(record.parked ?? NOTHING_PARKED)].map(([minute, counters]) => {
      const sibling = siblings.get(minute) ?? { named: parkedNamed(minute), sums: NOTHING, own: undefined }
      return { minute, sibling, additions: cappedCounters(counters, sibling.named) }
    })
    if (taken > 0 && !(fits(row, additions) && parksFit(siblings, parks))) break
    addAll(row, additions)
    for (const { minute, sibling, additions: parked } of parks) {
      addAll(sibling, parked)
      siblings.set(minute, sibling)
    }
    fence = { offset: record.offset, timestampMs: newer(record.timestampMs, (fence ?? seen.fence)?.timestampMs) }
    taken += 1
  }
  if (fence === undefined) return undefined
  const parked = new Map([...siblings].map(([minute, { sums }]) => [minute, sums] as const))
  const after = { fence, named: row.named, unparked: parked }
  const first = pending[0]?.offset ?? fence.offset
  return { counters: row.sums, parked, fence, first, after, rest: pending.slice(taken) }
}

/** Counters added up, and the names that their row has with them. */
interface Sums {
  /** Another set where names were added: the one that was seen stays as it is. */
  named: ReadonlySet<CounterKey>
  /** Those of the first record itself, until another one is added. */
  sums: Counters
  own: Map<CounterKey, bigint> | undefined
}

interface Parks {
  readonly sibling: Sums
  readonly additions: Counters
}

function addAll(row: Sums, additions: Counters): void {
  row.named = withNames(row.named, additions)
  if (row.sums.size === 0) {
    row.sums = additions
    return
  }
  row.own ??= new Map(row.sums)
  row.sums = row.own
  for (const [key, amount] of additions) row.own.set(key, (row.own.get(key) ?? 0n) + amount)
}

function withNames(named: ReadonlySet<CounterKey>, additions: Counters): ReadonlySet<CounterKey> {
  let more: Set<CounterKey> | undefined
  for (const key of additions.keys()) {
    if (!isNamed(key) || (named.size > 0 && named.has(key))) continue
    more ??= new Set(named)
    more.add(key)
  }
  return more ?? named
}

const fits = ({ sums }: Sums, additions: Counters): boolean => unionSize(sums, additions) <= MAX_COUNTERS_PER_UPDATE

function parksFit(siblings: ReadonlyMap<number, Sums>, parks: readonly Parks[]): boolean {
  let size = 0
  for (const { sums } of siblings.values()) size += sums.size
  for (const { sibling, additions } of parks) size += unionSize(sibling.sums, additions) - sibling.sums.size
  return size <= MAX_PARKED_PER_UPDATE && parks.every(({ sibling, additions }) => fits(sibling, additions))
}

function recordsAfter(fence: Fence | undefined, records: readonly RecordCounters[]): readonly RecordCounters[] {
  if (fence === undefined) return records
  refuseRecreated(fence, records)
  return records.filter((record) => record.offset > fence.offset)
}

/** A producer's clock may be an hour ahead: of what is booked the newest counts, or its record could never come again. */
const newer = (a: EpochMs, b: EpochMs | undefined): EpochMs => (b === undefined || a > b ? a : b)

/** The record's counters under the names that the row still has room for. `named` is not changed. */
function cappedCounters(counters: Counters, named: ReadonlySet<CounterKey>): Counters {
  if (isRoomFor(counters, named)) return counters
  const room = nameRoom(named)
  const capped = new Map<CounterKey, bigint>()
  for (const [key, amount] of counters) {
    const under = room.capped(key)
    capped.set(under, (capped.get(under) ?? 0n) + amount)
  }
  return capped
}

function unionSize(sums: Counters, additions: Counters): number {
  let size = sums.size
  for (const key of additions.keys()) if (!sums.has(key)) size += 1
  return size
}
