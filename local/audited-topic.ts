import { unpackValue } from '../functions/attribute-spans/unpack-value.ts'
import type { TopicPorts } from '../functions/explore-costs/explore-costs.ts'
import type { DeadLettersBucket } from '../layers/adapters/dead-letters-bucket.ts'
import { type DeadLetter, deadLetterName } from '../layers/core/ledger/dead-letter.ts'
import { ORIGIN_HEADER, parseOrigin } from '../layers/core/ledger/origin.ts'
import { type AuditedRecord, sumTopic } from '../layers/core/ledger/topic-sums.ts'
import type { Picodollars } from '../layers/core/money/picodollars.ts'
import type { RatingContext } from '../layers/core/rating/rating-context.ts'
import type { ConsumedRecord } from './log/record.ts'
import type { RecordSource } from './log/record-source.ts'

/** The log and its dead letters as an audit reads them, beside the ledger that was made of them. */
export function auditedTopic(
  log: Pick<RecordSource, 'partitions' | 'read' | 'endOffset' | 'committed'>,
  letters: DeadLettersBucket,
  rating: RatingContext,
  maxDeclared: Picodollars,
): TopicPorts {
  return {
    sum: async (upTo) => {
      const partitions = Array.from({ length: log.partitions }, (_, partition) => recordsOf(log, partition, upTo))
      const isWhole = partitions.every(({ first }) => first === 0)
      return sumTopic(
        partitions.flatMap(({ records }) => records.flatMap(auditedRecord)),
        isWhole,
        rating,
        maxDeclared,
      )
    },
    countLetters: () => countOf([letters.list(), letters.listAside()]),
  }
}

function recordsOf(log: Parameters<typeof auditedTopic>[0], partition: number, upTo: 'committed' | 'end') {
  const end = upTo === 'end' ? log.endOffset(partition) : log.committed(partition)
  const records = log.read(partition, 0, end).filter(({ offset }) => offset < end)
  return { records, first: end === 0 ? 0 : (records[0]?.offset ?? end) }
}

/** None for a tombstone. */
function auditedRecord({ timestampMs, headers, value }: ConsumedRecord): readonly AuditedRecord[] {
  if (value === undefined) return []
  const unpacked = unpackValue(value)
  const header = headers.find(([name]) => name === ORIGIN_HEADER)?.[1]
  const origin = header === undefined ? undefined : parseOrigin(Buffer.from(header).toString('latin1'))
  return [{ timestampMs, origin, value: 'problem' in unpacked ? undefined : unpacked }]
}

/** Each letter once; letters of redriven records hold spans that other letters hold too. */
async function countOf(lists: readonly AsyncIterable<DeadLetter>[]): Promise<number> {
  const spans = new Map<string, number>()
  for (const list of lists) {
    for await (const letter of list) if (letter.origin === undefined) spans.set(deadLetterName(letter), letter.spans)
  }
  return [...spans.values()].reduce((sum, count) => sum + count, 0)
}
