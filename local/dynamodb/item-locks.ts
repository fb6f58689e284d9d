/** Runs `work` while it alone holds all the named items. */
export type HoldItems = <T>(items: readonly string[], work: () => Promise<T>) => Promise<T>

/**
 * Locks by name, first come first served. All of a caller's names are queued for in one synchronous step, so two
 * callers can never hold what the other waits for.
 */
export function itemLocks(): HoldItems {
  const tails = new Map<string, Promise<void>>()
  return async (items, work) => {
    const names = [...new Set(items)]
    const before = names.map((name) => tails.get(name))
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    for (const name of names) tails.set(name, released)
    try {
      await Promise.all(before)
      return await work()
    } finally {
      release()
      for (const name of names) if (tails.get(name) === released) tails.delete(name)
    }
  }
}
