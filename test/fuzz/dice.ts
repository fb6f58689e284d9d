import { createRandom, type Random } from '../../cli/demo/random.ts'

/** Seeded chances, for what a run does at random. */
export interface Dice extends Random {
  /** True in so many of 10,000 throws. */
  happens(inTenThousand: number): boolean
  oneOf<T>(of: readonly T[]): T
}

/** `stream` and `index` tell apart those who throw: each has a sequence of its own. */
export function createDice(seed: number, stream: number, index = 0): Dice {
  const random = createRandom(seed, stream, index)
  return {
    ...random,
    happens: (inTenThousand) => random.between(1, 10_000) <= inTenThousand,
    oneOf: (of) => {
      const one = of[random.between(0, of.length - 1)]
      if (one === undefined) throw new Error('there is nothing to choose from')
      return one
    },
  }
}
