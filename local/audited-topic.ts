import { unpackValue } from '../functions/attribute-spans/unpack-value.ts'
import type { TopicPorts } from '../functions/explore-costs/explore-costs.ts'
import type { DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import { type DeadLetter, deadLetterName } from '../layers/core/ledger/dead-letter.ts'
import { ORIGIN_HEADER, parseOrigin } from '../layers/core/ledger/origin.ts'
import { type AuditedRecord, countTopic } from '../layers/core/ledger/topic-sums.ts'
import type { Picodollars } from '../layers/core/money/picodollars.ts'
import type { RatingContext } from '../layers/core/rating/rating-context.ts'
import type { EpochMs } from '../layers/core/time/instants.ts'
import type { ConsumedRecord } from './log/record.ts'

/** A topic that can be read from its beginning. */
export interface AuditableTopic {
  /**
   * Gives every record to `visit` whose Kafka timestamp is not before `since`: those that the consumer has finished with, or all
   * that are there now. Answers whether the topic has let go of none of them.
   */
  visit(upTo: 'committed' | 'end', since: EpochMs, visit: (record: ConsumedRecord) => void): Promise<boolean>
}

/** The topic and its dead letters as an audit reads them, beside the ledger that was made of them. */
export function auditedTopic(
  topic: AuditableTopic,
  letters: Pick<DeadLettersBucket, 'list' | 'listAside'>,
  rating: RatingContext,
  maxDeclared: Picodollars,
): TopicPorts {
  return {
    sum: async (upTo, since) => {
      const count = countTopic(rating, maxDeclared)
      const isWhole = await topic.visit(upTo, since, (record) => {
        const audited = auditedRecord(record)
        if (audited !== undefined) count.add(audited)
      })
      return count.sums(isWhole)
    },
    countLetters: (since) => countOf([letters.list(), letters.listAside()], since),
  }
}

/** Undefined for a tombstone. */
function auditedRecord({ timestampMs, headers, value }: ConsumedRecord): AuditedRecord | undefined {
  if (value === undefined) return undefined
  const unpacked = unpackValue(value)
  const header = headers.find(([name]) => name === ORIGIN_HEADER)?.[1]
  const origin = header === undefined ? undefined : parseOrigin(Buffer.from(header).toString('latin1'))
  return { timestampMs, origin, value: 'problem' in unpacked ? undefined : unpacked }
}

/** Each letter once; letters of redriven records hold spans that other letters hold too. */
async function countOf(lists: readonly AsyncIterable<DeadLetter>[], since: EpochMs): Promise<number> {
  const spans = new Map<string, number>()
  for (const list of lists) {
    for await (const letter of list) {
      if (letter.origin === undefined && letter.timestampMs >= since) spans.set(deadLetterName(letter), letter.spans)
    }
  }
  return [...spans.values()].reduce((sum, count) => sum + count, 0)
}
