import type { Random } from '../demo/random.ts'

/** A fraction in [0, 1). */
export const uniform = (random: Random): number => random.bits() / 2 ** 32

/** A number from the normal distribution of mean 0 and standard deviation 1 (Box and Muller). Always two draws. */
export const gaussian = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - uniform(random))) * Math.cos(2 * Math.PI * uniform(random))

/** From here on the normal distribution stands in for Poisson's. */
const LARGE_MEAN = 30

/** So many requests come where `mean` are expected: Poisson's distribution, of one draw, or two for a large mean. */
export function poisson(random: Random, mean: number): number {
  if (mean >= LARGE_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(random)))
  const place = uniform(random)
  let probability = Math.exp(-mean)
  let reached = probability
  let count = 0
  while (place >= reached && probability > 1e-12) {
    count += 1
    probability *= mean / count
    reached += probability
  }
  return count
}
