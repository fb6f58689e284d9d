import type { Decimal } from './picodollars.ts'

/** Negative, zero or positive as `a` is less than, equal to or more than `b`; exact. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale)
  const difference = digitsAt(a, scale) - digitsAt(b, scale)
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

/** `decimal x 10^exponent`, exact. */
export function timesPowerOfTen(decimal: Decimal, exponent: number): Decimal {
  const scale = decimal.scale - exponent
  return scale >= 0 ? { digits: decimal.digits, scale } : { digits: decimal.digits * 10n ** BigInt(-scale), scale: 0 }
}

/** The shortest plain string that `parseDecimal` reads back as the same number: "0.138", never "1.38e-1" or "0.1380". */
export function formatDecimal({ digits, scale }: Decimal): string {
  const magnitude = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
  const whole = magnitude.slice(0, magnitude.length - scale)
  const fraction = magnitude.slice(magnitude.length - scale).replace(/0+$/, '')
  return `${digits < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

const digitsAt = ({ digits, scale }: Decimal, wanted: number): bigint => digits * 10n ** BigInt(wanted - scale)
