import type { Picodollars } from '../money/picodollars.ts'
import type { WholeNumber } from '../money/whole-number.ts'

/**
 * Two counts that move together share one 38-digit number (DynamoDB's exact range): the amount above, the count below.
 * A count has 13 digits: an hour of 5 * 10^7 spans a second with the largest trusted weight a configuration can set by
 * default (128) is 2.3 * 10^13 / 12 partitions. An amount has 25: ten trillion dollars a row.
 */
const COUNT_RANGE = 10n ** 13n

/** `amount` and `count` as one number; adding two packed numbers adds both. Both not negative. */
export function pack(amount: WholeNumber, count: WholeNumber): bigint {
  return BigInt(amount) * COUNT_RANGE + BigInt(count)
}

/** The amount and the count that `pack` joined. */
export function unpack(packed: bigint): { readonly amount: Picodollars; readonly count: number } {
  return { amount: (packed / COUNT_RANGE) as Picodollars, count: Number(packed % COUNT_RANGE) }
}
