import type { ConsumedRecord } from './record.ts'
import type { RecordSource } from './record-source.ts'

/** Lambda's limit of an invocation's payload: 6 MB. */
export const PAYLOAD_MAX_BYTES = 6_000_000
/** Topic, partition, offset, timestamps and names around a record's value in the event. */
const RECORD_OVERHEAD_BYTES = 200
/** A header's bytes are a JSON array of numbers: up to four characters each. */
const CHARACTERS_PER_HEADER_BYTE = 4

/** Characters of the record in the event: base64 makes four of three bytes. */
function payloadBytes({ key, headers, value }: ConsumedRecord): number {
  const base64 = (length: number): number => Math.ceil(length / 3) * 4
  const inHeaders = headers.reduce(
    (bytes, [name, content]) => bytes + name.length + 8 + content.length * CHARACTERS_PER_HEADER_BYTE,
    0,
  )
  return RECORD_OVERHEAD_BYTES + base64(value?.length ?? 0) + base64(key?.length ?? 0) + inHeaders
}

/**
 * The next batch: at most `maxRecords` records and 6 MB. Each partition that is behind may give an equal share of the
 * records; what it leaves goes to those after it. Begins at partition `first`, so that taking turns starves none. A
 * record too large for any batch goes alone: Lambda could not have it, the local function can.
 */
export function cutBatch(log: RecordSource, maxRecords: number, first: number): ConsumedRecord[] {
  const inTurn = Array.from({ length: log.partitions }, (_, turn) => (first + turn) % log.partitions)
  const behind = inTurn.filter((partition) => log.committed(partition) < log.endOffset(partition))
  const batch: ConsumedRecord[] = []
  let bytesLeft = PAYLOAD_MAX_BYTES
  for (const [turn, partition] of behind.entries()) {
    const share = Math.ceil((maxRecords - batch.length) / (behind.length - turn))
    for (const record of log.read(partition, log.committed(partition), share)) {
      bytesLeft -= payloadBytes(record)
      if (bytesLeft < 0 && batch.length > 0) return batch
      batch.push(record)
    }
  }
  return batch
}
