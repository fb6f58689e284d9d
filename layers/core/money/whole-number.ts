/**
 * A whole number that is not negative: a `number` where that is exact, a `bigint` above 2^53 - 1. A value has one form only, so that
 * equal ones are equal to the language too. Nearly all sums of a record are small, and small ones need no memory of their own.
 */
export type WholeNumber = number | bigint

const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER)

/** `value` is not negative. */
export const wholeNumber = (value: bigint): WholeNumber => (value <= LARGEST_NUMBER ? Number(value) : value)

export function plus(a: WholeNumber, b: WholeNumber): WholeNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b
    if (sum <= Number.MAX_SAFE_INTEGER) return sum
  }
  return BigInt(a) + BigInt(b)
}

export function times(a: WholeNumber, b: WholeNumber): WholeNumber {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b
    if (product <= Number.MAX_SAFE_INTEGER) return product
  }
  return wholeNumber(BigInt(a) * BigInt(b))
}
