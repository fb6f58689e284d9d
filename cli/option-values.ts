import { DIMENSIONS } from '../layers/core/ledger/spend-report.ts'
import { compareDecimals } from '../layers/core/money/decimals.ts'
import { type Decimal, NotADecimal, parseDecimal } from '../layers/core/money/picodollars.ts'
import { UsageError } from './usage-error.ts'

/**
 * Makes the parser of a whole-number option.
 * The parser throws UsageError, which names the option and what to write.
 */
export function wholeNumber(option: string, least: number, most: number) {
  return (text: string): number => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text.slice(0, 40)}"`)
  }
}

/**
 * Makes the parser of an option that takes an HTTP address.
 * The parser throws UsageError, which names the option and shows an example.
 */
export function httpUrl(option: string, example: string) {
  return (text: string): URL => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
    throw new UsageError(`${option} takes an address such as ${example}, not "${text.slice(0, 80)}"`)
  }
}

/**
 * Makes the parser of an option that takes an exact number above 0, at most `most`.
 * The parser throws UsageError, which names the option and what to write.
 */
export function positiveDecimal(option: string, most: number) {
  return (text: string): Decimal => {
    const value = decimal(text)
    if (value !== undefined && value.digits > 0n && compareDecimals(value, { digits: BigInt(most), scale: 0 }) <= 0) {
      return value
    }
    throw new UsageError(`${option} takes a number above 0, at most ${most}, not "${text.slice(0, 40)}"`)
  }
}

/** The parser of `--by`, which answers with the text as the API takes it. Throws UsageError, which names what there is. */
export function dimensions(text: string): string {
  const known: readonly string[] = DIMENSIONS
  if (text.split(',').every((one) => known.includes(one))) return text
  throw new UsageError(`--by takes ${DIMENSIONS.join(', ')}, or several with commas, not "${text.slice(0, 40)}"`)
}

function decimal(text: string): Decimal | undefined {
  try {
    return parseDecimal(text)
  } catch (error) {
    if (error instanceof NotADecimal) return undefined
    throw error
  }
}

/** The parser of `--region`. Throws UsageError, which shows an example. */
export function awsRegion(text: string): string {
  if (/^[a-z]{2}(-[a-z]+)+-\d$/.test(text)) return text
  throw new UsageError(`--region takes the code of an AWS region such as eu-west-1, not "${text.slice(0, 40)}"`)
}
