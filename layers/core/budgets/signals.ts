import { parseUsd } from '../money/picodollars.ts'
import { MINUTES_PER_HOUR } from '../time/instants.ts'
import { medianOf } from './baseline.ts'
import type { Budget } from './budget.ts'
import type { Baseline, WindowFacts } from './state.ts'

/** What a window says of its service, in terms of its budget. */
export interface Signals {
  /** The limit, picodollars. */
  readonly limit: bigint
  /** What the limit allows in a minute if it is spent evenly, picodollars; at least 1. */
  readonly pacePerMinute: bigint
  /** Cost of an entry request, picodollars; undefined without entry requests or where the window is not complete. */
  readonly unitCost: number | undefined
  /** Entry requests for each front-door request of the environment; undefined likewise. */
  readonly workRatio: number | undefined
  /** In multiples of the service's own baseline; undefined without one: that leg is silent. */
  readonly unitCostRatio: number | undefined
  readonly workRatioRatio: number | undefined
  /** Minutes until the limit is spent at this window's burn; undefined where nothing burns. */
  readonly minutesLeft: number | undefined
}

/** The signals of one window. Ratios are told of complete windows alone: on a part of the data they mean nothing. */
export function signalsOf(
  facts: WindowFacts,
  budget: Budget,
  baselines: { readonly unitCost: Baseline; readonly workRatio: Baseline },
): Signals {
  const limit = parseUsd(budget.limitUsd)
  const pace = limit / BigInt(budget.periodHours * MINUTES_PER_HOUR)
  const whole = facts.complete && !facts.unpriced
  const unitCost = whole && facts.entryRequests > 0 ? Number(facts.spent) / facts.entryRequests : undefined
  const workRatio =
    whole && facts.entryRequests > 0 && facts.frontDoorRequests > 0
      ? facts.entryRequests / facts.frontDoorRequests
      : undefined
  const left = limit - facts.rolling
  return {
    limit,
    pacePerMinute: pace > 0n ? pace : 1n,
    unitCost,
    workRatio,
    unitCostRatio: inMultiples(unitCost, medianOf(baselines.unitCost)),
    workRatioRatio: inMultiples(workRatio, medianOf(baselines.workRatio)),
    minutesLeft: facts.spent > 0n ? Math.max(0, Number(left) / Number(facts.spent)) : undefined,
  }
}

const inMultiples = (value: number | undefined, median: number | undefined): number | undefined =>
  value === undefined || median === undefined || median <= 0 ? undefined : value / median
