/**
 * Makes what names the sources of prices in one document: an address is long, so the second time its number stands for
 * it. The function answers with `ORIGIN: DETAIL`, `ORIGIN [1]: DETAIL` the first time, and then `ORIGIN [1]`.
 */
export function citing(): (origin: string, detail: string) => string {
  const numbers = new Map<string, number>()
  return (origin, detail) => {
    if (!/https?:\/\//.test(detail)) return `${origin}: ${detail}`
    const known = numbers.get(detail)
    if (known !== undefined) return `${origin} [${known}]`
    numbers.set(detail, numbers.size + 1)
    return `${origin} [${numbers.size}]: ${detail}`
  }
}
