import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** An item of a DynamoDB table. */
export type Item = Readonly<Record<string, AttributeValue>>

const KIB = 1024
const READ_UNIT_BYTES = 4 * KIB

/**
 * An item's size as DynamoDB bills it, names and values, bytes (developer guide, CapacityUnitCalculations): text in UTF-8, a
 * number a byte for two significant digits and one more. Only the kinds of values that the ledger writes: texts and integers.
 */
export function itemBytes(item: Item): number {
  let bytes = 0
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value)
  return bytes
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  throw new Error(`the ledger writes texts and numbers, not ${JSON.stringify(value)}`)
}

/** Digits are kept in pairs of an even and an odd power of ten, as of an integer's last two; zeros at both ends are not kept. */
function numberBytes(integer: string): number {
  const written = integer.replace(/^-?0*/, '')
  if (written === '') return 1
  const kept = written.replace(/0+$/, '').length
  const startsAlone = written.length % 2 === 1
  const pairs = startsAlone ? 1 + Math.ceil((kept - 1) / 2) : Math.ceil(kept / 2)
  return pairs + 1 + (integer.startsWith('-') ? 1 : 0)
}

/** Units of a write: the larger of the item before and after, per started KiB; a write of nothing costs one, as does a failed condition. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const larger = Math.max(before === undefined ? 0 : itemBytes(before), after === undefined ? 0 : itemBytes(after))
  return Math.max(1, Math.ceil(larger / KIB))
}

/** Units of a read: per started 4 KiB, half of it where it may be stale. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5)
}
