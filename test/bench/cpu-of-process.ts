import { readFileSync } from 'node:fs'

/** Linux counts a process' time in hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100

/** CPU seconds that a process has used, its threads and what they did in the kernel included. Linux only. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold spaces. User and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** A consumer's use of the CPU while it goes through a topic. */
export interface Progress {
  readonly records: number
  readonly cpuSeconds: number
}

/** Of a topic's records so many are for warming up: V8 compiles the last of the hot code after some 300,000 spans. */
const WARM_SHARE = 0.6

/** CPU seconds a record between the end of warming up and the end of the topic. */
export function cpuPerRecord(seen: readonly Progress[], all: number): number {
  const warm = seen.find(({ records }) => records >= all * WARM_SHARE)
  const last = seen.find(({ records }) => records >= all)
  if (warm === undefined || last === undefined || last.records === warm.records) {
    throw new Error('the consumer was not seen between warming up and the end: make the topic larger')
  }
  return (last.cpuSeconds - warm.cpuSeconds) / (last.records - warm.records)
}
