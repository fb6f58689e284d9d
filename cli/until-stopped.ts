import { once } from 'node:events'

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once, as node does by itself. */
export async function untilStopped(): Promise<void> {
  const stopped = new AbortController()
  const { signal } = stopped
  await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })])
  stopped.abort()
}
