import type { SeenRow } from '../core/ledger/plan-update.ts'

/** What a writer knows of rows that it has written or read, the ones used last. */
export interface SeenRows {
  get(name: string): SeenRow | undefined
  set(name: string, row: SeenRow): void
  delete(name: string): void
}

/** A row without a counter takes about as much memory as so many names: its own name, its fence, an empty set. */
const ROW_WEIGHT = 5

const weightOf = ({ named, unparked }: SeenRow): number => {
  let weight = ROW_WEIGHT + named.size
  for (const counters of unparked.values()) weight += counters.size
  return weight
}

/** Keeps rows as long as they have no more than `maxWeight` names of counters together; then it forgets the oldest. */
export function seenRows(maxWeight: number): SeenRows {
  const rows = new Map<string, SeenRow>()
  let weight = 0

  const forget = (name: string): void => {
    const row = rows.get(name)
    if (row === undefined) return
    rows.delete(name)
    weight -= weightOf(row)
  }

  return {
    get: (name) => rows.get(name),
    set(name, row) {
      forget(name)
      rows.set(name, row)
      weight += weightOf(row)
      for (const oldest of rows.keys()) {
        if (weight <= maxWeight || oldest === name) break
        forget(oldest)
      }
    },
    delete: forget,
  }
}
