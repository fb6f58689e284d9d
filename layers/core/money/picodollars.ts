/** An amount of money as an integer number of picodollars: 1 USD = 10^12. Never a float, never NaN. */
export type Picodollars = bigint & { readonly __unit: 'picodollars' }

export const PICODOLLARS_PER_USD = 1_000_000_000_000n

/** An exact decimal, `digits / 10^scale`; what a price is until it meets a quantity. */
export interface Decimal {
  readonly digits: bigint
  /** Number of digits after the decimal point; not negative. */
  readonly scale: number
}

/** What was given as a decimal is not one. `given` is cut to 40 characters. */
export class NotADecimal extends Error {
  override readonly name = 'NotADecimal'
  readonly given: string
  constructor(given: string) {
    super(`"${given.slice(0, 40)}" is not a decimal number: write it as "12.34" or "1.25e-7"`)
    this.given = given.slice(0, 40)
  }
}

const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/

/**
 * Reads a decimal string ("12.34", "1.25e-7") exactly.
 * @throws NotADecimal for anything else: empty, NaN, Infinity, hex, thousands separators, more than 40 digits a side.
 */
export function parseDecimal(text: string): Decimal {
  const match = DECIMAL.exec(text)
  if (match === null) throw new NotADecimal(text)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const magnitude = BigInt(whole + fraction)
  const digits = sign === '-' ? -magnitude : magnitude
  const scale = fraction.length - Number(exponent)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** `numerator / denominator`, rounded half up (half away from zero for negatives). The denominator is positive. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n
  const magnitude = negative ? -numerator : numerator
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n)
  return negative ? -rounded : rounded
}

/** A decimal number of USD in picodollars; what is finer than a picodollar is rounded half up. */
export function toPicodollars(usd: Decimal): Picodollars {
  return divideHalfUp(usd.digits * PICODOLLARS_PER_USD, 10n ** BigInt(usd.scale)) as Picodollars
}

/**
 * Reads a decimal string of USD.
 * @throws NotADecimal
 */
export function parseUsd(text: string): Picodollars {
  return toPicodollars(parseDecimal(text))
}

/** USD as the shortest exact decimal string: "0", "12.5", "-0.000000000001". */
export function formatUsd(amount: bigint): string {
  const negative = amount < 0n
  const magnitude = negative ? -amount : amount
  const whole = magnitude / PICODOLLARS_PER_USD
  const fraction = (magnitude % PICODOLLARS_PER_USD).toString().padStart(12, '0').replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
