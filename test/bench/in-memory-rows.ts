import type { BookedRow } from '../../layers/adapters/ledger-table.ts'
import type { CounterKey } from '../../layers/core/ledger/counters.ts'
import { ABSENT, planUpdate, type RecordCounters, type SeenRow } from '../../layers/core/ledger/plan-update.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'

interface Row {
  readonly seen: SeenRow
  readonly counters: ReadonlyMap<CounterKey, bigint>
}

const NO_ROW: Row = { seen: ABSENT, counters: new Map() }

/** The ledger as a map: the same plan of updates as the table's, without the table. */
export function inMemoryRows() {
  const rows = new Map<string, Row>()
  let updates = 0
  return {
    updates: () => updates,
    rows: () => rows.size,
    bookRow: async (place: RowPlace, records: readonly RecordCounters[]): Promise<BookedRow> => {
      const name = `${place.service}\n${place.row}`
      let row = rows.get(name) ?? NO_ROW
      let rest = records
      for (let update = planUpdate(row.seen, rest); update !== undefined; update = planUpdate(row.seen, rest)) {
        row = { seen: update.after, counters: sumOf(row.counters, update.counters) }
        rest = update.rest
        updates += 1
      }
      rows.set(name, row)
      return { booked: records.length, fenced: 0 }
    },
  }
}

/** The first update of a row is the row. */
function sumOf(counters: Row['counters'], update: Row['counters']): Row['counters'] {
  if (counters.size === 0) return update
  const sum = new Map(counters)
  for (const [key, amount] of update) sum.set(key, (sum.get(key) ?? 0n) + amount)
  return sum
}
