import type { Fence } from './row.ts'

/** The topic was made anew: its offsets start again, and mean other records than the ones the ledger has booked. */
export class TopicRecreated extends Error {
  override readonly name = 'TopicRecreated'
  readonly offset: number
  constructor(offset: number, why: string) {
    super(
      `the record at offset ${offset} ${why}: the topic was made anew. ` +
        'Set topic.epoch in the configuration to a new value and deploy.',
    )
    this.offset = offset
  }
}

/** Kafka timestamps of one partition may go back by clock skew between producers; minutes mean another topic. */
const RECREATED_AFTER_MS = 5 * 60_000

/**
 * Is one of these records at or below the fence, and minutes newer than all that is booked up to there?
 * @throws TopicRecreated
 */
export function refuseRecreated(fence: Fence, records: readonly Fence[]): void {
  const recreated = records.find(
    ({ offset, timestampMs }) => offset <= fence.offset && timestampMs > fence.timestampMs + RECREATED_AFTER_MS,
  )
  if (recreated === undefined) return
  throw new TopicRecreated(
    recreated.offset,
    `is newer than the record at offset ${fence.offset} that is already booked`,
  )
}

/**
 * Are these records of another topic than the partition's first one ever delivered? A record keeps its timestamp however
 * often it is delivered, and a topic that is made anew starts at offset 0 again: so the two differ at once, whatever the clocks of
 * the producers say. What lies before the first is older than it.
 * @throws TopicRecreated
 */
export function refuseOtherTopic(first: Fence, records: readonly Fence[]): void {
  const other = records.find(
    ({ offset, timestampMs }) =>
      (offset === first.offset && timestampMs !== first.timestampMs) ||
      (offset < first.offset && timestampMs > first.timestampMs + RECREATED_AFTER_MS),
  )
  if (other === undefined) return
  throw new TopicRecreated(
    other.offset,
    `(${new Date(other.timestampMs).toISOString()}) is not what this partition began with ` +
      `(offset ${first.offset}, ${new Date(first.timestampMs).toISOString()})`,
  )
}
