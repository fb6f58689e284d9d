import { modeSchema, usdSchema } from '../layers/core/budgets/budget.ts'
import { DIMENSIONS } from '../layers/core/ledger/spend-report.ts'
import { compareDecimals } from '../layers/core/money/decimals.ts'
import { type Decimal, NotADecimal, parseDecimal } from '../layers/core/money/picodollars.ts'
import { INSTANT_EXAMPLES, readInstant } from '../layers/core/time/read-instant.ts'
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

/**
 * Makes the parser of an option that takes an instant; it answers with the text, which the API reads by its own clock.
 * The parser throws UsageError, which names the option and shows examples.
 */
export function instant(option: string) {
  return (text: string): string => {
    if (readInstant(text) !== undefined) return text
    throw new UsageError(`${option} takes ${INSTANT_EXAMPLES}, not "${text.slice(0, 40)}"`)
  }
}

/**
 * Makes the parser of an option that takes an amount of USD, a decimal string.
 * The parser throws UsageError, which names the option and shows examples.
 */
export function usd(option: string) {
  return (text: string): string => {
    if (usdSchema.safeParse(text).success) return text
    throw new UsageError(`${option} takes USD such as 500 or 12.50, not "${text.slice(0, 40)}"`)
  }
}

/** The parser of `--mode`. Throws UsageError, which names what there is. */
export function mode(text: string): string {
  const modes: readonly string[] = modeSchema.options
  if (modes.includes(text)) return text
  throw new UsageError(`--mode takes ${modes.join(' or ')}, not "${text.slice(0, 40)}"`)
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
