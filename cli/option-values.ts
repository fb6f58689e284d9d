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
