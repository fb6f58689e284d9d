import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { CounterKey } from '../core/ledger/counters.ts'
import type { StoredRow } from '../core/ledger/read-row.ts'
import { parseRowName, type RowPlace } from '../core/ledger/row-name.ts'
import { type EpochMs, MS_PER_HOUR, startOfHour } from '../core/time/instants.ts'
import type { LedgerDictionary } from './ledger-dictionary.ts'
import { readableItem } from './schema-version.ts'

// Attributes beside the counters have one letter, which no counter of the dictionary has: `f`, `t` the fence, `v` the
// schema version, `c` how many named counters the row has (ledger-table.ts), `j` what the last update parks (ledger-note.ts), `q` and `r` (parked rows, ledger-parked.ts) the queue
// that lists the row and how often it was settled.

/** Epoch seconds at which a row of this hour may be deleted. */
export function expiryOf(place: RowPlace, ledgerDays: number): number {
  const hour = parseRowName(place.row)?.hour
  if (hour === undefined) throw new Error(`"${place.row}" is no row of the ledger`)
  return Math.floor((startOfHour(hour) + MS_PER_HOUR) / 1000) + ledgerDays * 86_400
}

const FIXED_COUNTER = /^(m\d{1,2}|[bin])$/
/** The partition key, `service`, looks like the id of an SKU. */
const NAMED_COUNTER = /^(?!service$)[osupw][0-9a-z]{3,12}$/

/**
 * The row that an item of the Ledger table is, its counters' short ids resolved to names.
 * @throws NewerSchema
 */
export async function storedRow(
  dictionary: LedgerDictionary,
  service: string,
  item: Record<string, AttributeValue>,
): Promise<StoredRow> {
  readableItem(item)
  const named = Object.keys(item).filter((attribute) => NAMED_COUNTER.test(attribute))
  const keys = named.length === 0 ? new Map() : await dictionary.keysOf(service, named)
  const counters = new Map<CounterKey, bigint>()
  for (const [attribute, value] of Object.entries(item)) {
    const key = FIXED_COUNTER.test(attribute) ? (attribute as CounterKey) : keys.get(attribute)
    if (key === undefined || value.N === undefined) continue
    // Two writers may have named one counter apart, where an id came free between them: both are its own.
    counters.set(key, (counters.get(key) ?? 0n) + BigInt(value.N))
  }
  return {
    service,
    row: item.row?.S ?? '',
    fenceOffset: Number(item.f?.N ?? -1),
    fenceTimestampMs: Number(item.t?.N ?? 0) as EpochMs,
    counters,
  }
}
