/** How often each kind of fault happened. */
export interface FaultTally {
  count(kind: string, times?: number): void
  total(): number
  /** By kind, sorted. */
  byKind(): Readonly<Record<string, number>>
}

export function createTally(): FaultTally {
  const counts = new Map<string, number>()
  return {
    count: (kind, times = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + times),
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    byKind: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
