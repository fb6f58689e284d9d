/** What came of some requests. */
export interface Load {
  /** ms, in the order of the answers. */
  readonly latencies: number[]
  /** Answers that were none, or no 200. */
  failures: number
}

export const newLoad = (): Load => ({ latencies: [], failures: 0 })

const AT_ONCE = 8

/** Asks `url` so many times, eight at once, and adds to `load` what came of it. */
export async function ask(url: string, times: number, load: Load): Promise<void> {
  let left = times
  const askAll = async (): Promise<void> => {
    while (left-- > 0) {
      const started = performance.now()
      const isServed = await served(url)
      load.latencies.push(performance.now() - started)
      if (!isServed) load.failures += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, askAll))
}

async function served(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url)
    return (await answer.text()) === 'well' && answer.status === 200
  } catch {
    return false
  }
}
