import type { BookedRow } from '../../layers/adapters/ledger-table.ts'
import { ABSENT, planUpdate, type RecordCounters, type SeenRow } from '../../layers/core/ledger/plan-update.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'

/** The ledger as a map: the same plan of updates as the table's, without the table. */
export function inMemoryRows() {
  const rows = new Map<string, { seen: SeenRow; counters: Map<string, bigint> }>()
  let updates = 0
  return {
    updates: () => updates,
    rows: () => rows.size,
    bookRow: async (place: RowPlace, records: readonly RecordCounters[]): Promise<BookedRow> => {
      const name = `${place.service}\n${place.row}`
      const row = rows.get(name) ?? { seen: ABSENT, counters: new Map<string, bigint>() }
      rows.set(name, row)
      let rest = records
      for (let update = planUpdate(row.seen, rest); update !== undefined; update = planUpdate(row.seen, rest)) {
        for (const [key, amount] of update.counters) {
          const before = row.counters.get(key)
          row.counters.set(key, before === undefined ? amount : before + amount)
        }
        row.seen = update.after
        rest = update.rest
        updates += 1
      }
      return { booked: records.length, fenced: 0 }
    },
  }
}
