import type { AuditableTopic } from '../audited-topic.ts'
import type { RecordSource } from './record-source.ts'

/** The records of the local log, for an audit. */
export const logRecords = (
  log: Pick<RecordSource, 'partitions' | 'read' | 'endOffset' | 'committed'>,
): AuditableTopic => ({
  async visit(upTo, since, visit) {
    let isWhole = true
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const end = upTo === 'end' ? log.endOffset(partition) : log.committed(partition)
      const records = log.read(partition, 0, end).filter(({ offset }) => offset < end)
      const [first] = records
      // An older record that is still there says that those since then are, too.
      if (end > 0 && first?.offset !== 0 && !(first && first.timestampMs < since)) isWhole = false
      for (const record of records) if (record.timestampMs >= since) visit(record)
    }
    return isWhole
  },
})
