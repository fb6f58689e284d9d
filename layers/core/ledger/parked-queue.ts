import { shortHash } from '../identity/hash.ts'
import type { RowPlace } from './row-name.ts'

/**
 * Where a parked row with unsettled usage is listed. `new`: more was parked since settling last saw it. `left`: settling
 * saw it, and had no price for what is left. Usage without a rate waits for ever: it must not be read again each time.
 */
export type ParkedQueue = 'new' | 'left'

/** Partitions of a queue in the index. One takes 1,000 writes a second (DynamoDB guide, partitions), and a row is listed once. */
const BUCKETS = 4

/** The partition keys of a queue, in the order in which it is read. */
export const bucketsOf = (queue: ParkedQueue): readonly string[] =>
  Array.from({ length: BUCKETS }, (_, bucket) => `${queue}${bucket}`)

/** The partition key under which a queue lists a row. */
export function bucketFor(queue: ParkedQueue, { service, row }: RowPlace): string {
  return `${queue}${Number.parseInt(shortHash(`${service}\n${row}`, 4), 36) % BUCKETS}`
}
