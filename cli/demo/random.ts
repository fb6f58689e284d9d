/** Reproducible pseudo-random numbers: the same seed and stream give the same numbers on every machine. */
export interface Random {
  /** 32 random bits. */
  bits(): number
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** So many lower-case hex digits; a multiple of 8. */
  hex(digits: number): string
}

/** Rounds that the generator is run before use, so that neighbouring streams share nothing. */
const WARM_UP = 12

/**
 * Chris Doty-Humphrey's sfc32. Every request draws from a stream of its own, so a request that the gate refuses does not
 * shift the numbers of those after it. `seed`, `stream` and `index` are integers; each triple is a sequence of its own.
 */
export function createRandom(seed: number, stream: number, index: number): Random {
  let a = seed | 0
  let b = stream | 0
  let c = index | 0
  let counter = 1
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let round = 0; round < WARM_UP; round++) bits()
  return {
    bits,
    between: (low, high) => low + Math.floor((bits() / 2 ** 32) * (high - low + 1)),
    hex: (digits) => {
      let text = ''
      while (text.length < digits) text += bits().toString(16).padStart(8, '0')
      return text
    },
  }
}
