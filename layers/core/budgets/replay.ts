import type { Picodollars } from '../money/picodollars.ts'
import { MS_PER_DAY } from '../time/days.ts'
import { type EpochMs, type Minute, minuteOf, startOfMinute } from '../time/instants.ts'
import type { Budget } from './budget.ts'
import { freshState, judge } from './judge.ts'
import { dayOfWindow, firstDayOfMonth, firstHourOf, minutesOfPeriod } from './period.ts'
import type { BudgetState, Phase } from './state.ts'
import { isHeld, type Transition, transitionOf } from './transitions.ts'

/** What happened in one minute of a service. */
export interface ReplayMinute {
  readonly spent: Picodollars
  readonly requests: number
  /** Front-door requests of its environment. */
  readonly frontDoor: number
}

/** One turn of the judge. */
interface ReplayTurn {
  /** End of the window. */
  readonly at: EpochMs
  readonly what: Transition
  readonly admit: number
  readonly reason: string
}

/** One minute of a replay. */
interface ReplayStep {
  readonly window: Minute
  readonly phase: Phase
  /** The fraction of requests that gates would have admitted. */
  readonly admit: number
  readonly spent: Picodollars
  readonly saved: Picodollars
}

/** What a budget would have done to a service; amounts in picodollars. */
export interface Replayed {
  readonly turns: readonly ReplayTurn[]
  readonly steps: readonly ReplayStep[]
  readonly spent: Picodollars
  /** What was spent, and would not have been. */
  readonly saved: Picodollars
  readonly requests: number
  readonly refused: number
}

/** When the minutes must begin so that the judge knows the period, and what is usual, by `from`. */
export function replayFrom(budget: Budget, from: EpochMs): EpochMs {
  const day = (from - MS_PER_DAY) as EpochMs
  if (budget.period !== 'month') return day
  return Math.min(day, startOfMinute((firstHourOf(firstDayOfMonth(minuteOf(from))) * 60) as Minute)) as EpochMs
}

/** Of a window 40 s pass under the flag of the judgement before last: two thirds (docs/architecture.md, the delay of a flag). */
const inForce = ({ admitBefore, admit }: BudgetState): number => (2 * admitBefore + admit) / 3

/**
 * Runs the judge over a service's minutes, as if the budget had been enforced from `from` on: what is refused is not spent. It
 * begins without memory at `replayFrom`; of the turns and sums only those after `from` are told. Pure.
 */
export function replay(
  service: string,
  minutes: ReadonlyMap<Minute, ReplayMinute>,
  budget: Budget,
  from: EpochMs,
  to: EpochMs,
): Replayed {
  const rolling = rollingSums(budget)
  const steps: ReplayStep[] = []
  const turns: ReplayTurn[] = []
  let state = freshState(service, 'shadow')
  let recent: readonly bigint[] = []
  let sums = { spent: 0n, saved: 0n, requests: 0, refused: 0 }
  for (let window = minuteOf(replayFrom(budget, from)); startOfMinute(window) < to; window = (window + 1) as Minute) {
    const { spent, requests, frontDoor } = minutes.get(window) ?? NOTHING
    const isTold = startOfMinute(window) >= from
    const admit = isTold ? inForce(state) : 1
    const paid = admitted(spent, admit)
    const facts = {
      ...{ window, complete: true, unpriced: false, spent: paid, spentBefore: recent, rolling: rolling(window, paid) },
      ...{ entryRequests: Math.round(requests * admit), frontDoorRequests: frontDoor },
    }
    recent = [paid, ...recent].slice(0, budget.fast.longMinutes - 1)
    const before = state
    state = judge(before, facts, { ...budget, mode: isTold ? 'enforce' : 'shadow' }, [])
    if (!isTold) continue
    const what = transitionOf(before, state)
    if (what !== undefined) {
      turns.push({ at: startOfMinute((window + 1) as Minute), what, admit: state.admit, reason: state.reason })
    }
    const saved = (spent - paid) as Picodollars
    steps.push({ window, phase: state.phase, admit: isHeld(state) ? state.admit : 1, spent, saved })
    sums = {
      spent: sums.spent + spent,
      saved: sums.saved + saved,
      requests: sums.requests + requests,
      refused: sums.refused + Math.round(requests * (1 - admit)),
    }
  }
  return { ...sums, spent: sums.spent as Picodollars, saved: sums.saved as Picodollars, turns, steps }
}

const NOTHING: ReplayMinute = { spent: 0n as Picodollars, requests: 0, frontDoor: 0 }
const PARTS = 1_000_000n

const admitted = (spent: bigint, fraction: number): Picodollars =>
  ((spent * BigInt(Math.round(fraction * Number(PARTS)))) / PARTS) as Picodollars

/** Makes the sum over the period, one window after the other. */
function rollingSums(budget: Budget): (window: Minute, spent: Picodollars) => Picodollars {
  const known = new Map<Minute, bigint>()
  let sum = 0n
  let name: number | undefined
  return (window, spent) => {
    if (budget.period === 'rolling') {
      const left = (window - minutesOfPeriod(budget, window)) as Minute
      sum -= known.get(left) ?? 0n
      known.delete(left)
      known.set(window, spent)
    } else {
      const period = budget.period === 'day' ? dayOfWindow(window) : firstDayOfMonth(window)
      if (period !== name) sum = 0n
      name = period
    }
    sum += spent
    return sum as Picodollars
  }
}
