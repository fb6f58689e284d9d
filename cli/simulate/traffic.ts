import type { Random } from '../demo/random.ts'
import { gaussian, poisson } from './noise.ts'
import type { Load } from './scenario.ts'
import { COST_OF_REQUEST, OPERATIONS, REQUESTS_A_SECOND } from './simulated-service.ts'

/** Traffic drifts by 8 % around its mean, within about ten minutes. */
const DRIFT = 0.08
const DRIFT_S = 600
/** The cost of a second's requests scatters by a fifth. */
const COST_SCATTER = 0.2

/** What is asked for within some seconds, before the gate. */
export interface Offered {
  readonly frontDoor: number
  /** By operation, as in OPERATIONS. */
  readonly requests: readonly number[]
  /** Cost of one request of each operation, picodollars. */
  readonly costs: readonly number[]
}

/** Draws noisy traffic, stretch by stretch: always the same number of draws, whatever a gate has refused before. */
export function createTraffic(random: Random): (load: Load, seconds: number) => Offered {
  let drift = 0
  return ({ frontDoor, requests, unitCost }, seconds) => {
    const kept = Math.exp(-seconds / DRIFT_S)
    drift = kept * drift + Math.sqrt(1 - kept * kept) * DRIFT * gaussian(random)
    const expected = REQUESTS_A_SECOND * seconds * Math.max(0, 1 + drift)
    const scatter = Math.exp((COST_SCATTER / Math.sqrt(seconds)) * gaussian(random))
    return {
      frontDoor: poisson(random, expected * frontDoor),
      requests: OPERATIONS.map(({ share }) => poisson(random, expected * requests * share)),
      costs: OPERATIONS.map(({ cost }) => COST_OF_REQUEST * cost * unitCost * scatter),
    }
  }
}
