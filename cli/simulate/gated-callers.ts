import type { Random } from '../demo/random.ts'
import { uniform } from './noise.ts'
import type { Retries } from './scenario.ts'

interface Refused {
  readonly operation: number
  readonly requests: number
  readonly attempts: number
}

/** Callers in front of the gate, with what they do when they are refused. */
export interface GatedCallers {
  /** What the gate makes of this second's requests, of those that are new and of those that come again. */
  ask(second: number, fresh: readonly number[], admit: number): Gated
}

/** Requests by operation. */
interface Gated {
  readonly offered: readonly number[]
  readonly served: readonly number[]
}

/** `random` is drawn from for retries alone. Without `retries` what is refused is gone. */
export function createCallers(retries: Retries | undefined, random: Random): GatedCallers {
  const waiting = new Map<number, Refused[]>()
  const fractions: number[] = []

  /** Whole requests; what is left of one is kept for the next second. */
  const admitted = (operation: number, requests: number, admit: number): number => {
    const exact = requests * admit + (fractions[operation] ?? 0)
    const whole = Math.min(requests, Math.floor(exact + 1e-9))
    fractions[operation] = Math.min(1, exact - whole)
    return whole
  }

  const refuse = (second: number, { operation, requests, attempts }: Refused): void => {
    if (retries === undefined || requests === 0 || attempts >= retries.attempts) return
    const again = second + Math.max(1, Math.round(retries.afterS(attempts, uniform(random))))
    const group = waiting.get(again) ?? []
    group.push({ operation, requests, attempts: attempts + 1 })
    waiting.set(again, group)
  }

  return {
    ask: (second, fresh, admit) => {
      const offered = fresh.map(() => 0)
      const served = fresh.map(() => 0)
      const asking = [
        ...fresh.map((requests, operation) => ({ operation, requests, attempts: 1 })),
        ...(waiting.get(second) ?? []),
      ]
      waiting.delete(second)
      for (const { operation, requests, attempts } of asking) {
        const passed = admitted(operation, requests, admit)
        offered[operation] = (offered[operation] ?? 0) + requests
        served[operation] = (served[operation] ?? 0) + passed
        refuse(second, { operation, requests: requests - passed, attempts })
      }
      return { offered, served }
    },
  }
}
