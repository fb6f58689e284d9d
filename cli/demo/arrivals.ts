import { createRandom, type Random } from './random.ts'
import { REQUEST_KINDS, type RequestKind, requestsAt, type Scenario } from './scenario.ts'

/** One request of the world, about to reach the front door. */
export interface Arrival {
  readonly kind: RequestKind
  /** Microseconds since the traffic began. */
  readonly atUs: number
  readonly traceId: string
  /** The request's own numbers: whatever happens to it shifts no other request's. */
  readonly random: Random
}

const US_PER_MINUTE = 60_000_000
/** Streams of requests leave room for so many of one kind a minute. */
const REQUESTS_MAX = 100_000

/** All requests of one minute since the traffic began, in order of time: evenly spread, each somewhere in its share. */
function arrivalsOf(scenario: Scenario, seed: number, minute: number): readonly Arrival[] {
  const arrivals = REQUEST_KINDS.flatMap((kind, stream) => {
    const count = requestsAt(scenario, kind, minute)
    const shareUs = US_PER_MINUTE / count
    return Array.from({ length: count }, (_, index) => {
      const random = createRandom(seed, stream, minute * REQUESTS_MAX + index)
      const atUs = minute * US_PER_MINUTE + Math.floor(index * shareUs) + random.between(0, Math.floor(shareUs) - 1)
      return { kind, atUs, traceId: random.hex(32), random }
    })
  })
  return arrivals.sort((a, b) => a.atUs - b.atUs)
}

/** All requests that arrive in [fromUs, untilUs), microseconds since the traffic began, in order of time. */
export function arrivalsBetween(scenario: Scenario, seed: number, fromUs: number, untilUs: number): readonly Arrival[] {
  const arrivals: Arrival[] = []
  for (let minute = Math.floor(fromUs / US_PER_MINUTE); minute * US_PER_MINUTE < untilUs; minute++) {
    for (const arrival of arrivalsOf(scenario, seed, minute)) {
      if (fromUs <= arrival.atUs && arrival.atUs < untilUs) arrivals.push(arrival)
    }
  }
  return arrivals
}
