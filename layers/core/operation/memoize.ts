/** Longer strings are rare, and computed each time: 20,000 strings of this length are 5 MB, of any length they could be 80. */
const MAX_REMEMBERED_CHARACTERS = 256

/**
 * Remembers the results of a pure function of one string, for at most `capacity` strings of at most 256 characters: when it
 * is full it forgets all, so that what strangers send cannot make it grow. Changes no result, only its cost.
 */
export function memoize<Result>(of: (text: string) => Result, capacity: number): (text: string) => Result {
  const known = new Map<string, Result>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const result = of(text)
    if (text.length > MAX_REMEMBERED_CHARACTERS) return result
    if (known.size >= capacity) known.clear()
    known.set(text, result)
    return result
  }
}
