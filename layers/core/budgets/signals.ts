import { parseUsd } from '../money/picodollars.ts'
import { usualFor } from './baseline.ts'
import type { Budget } from './budget.ts'
import { minutesOfPeriod } from './period.ts'
import type { Baseline, WindowFacts } from './state.ts'

/** What a window says of its service, in terms of its budget. */
export interface Signals {
  /** Nothing is missing: neither data nor prices. Otherwise money is a lower bound. */
  readonly whole: boolean
  /** The limit, picodollars. */
  readonly limit: bigint
  /** What the limit allows in a minute if it is spent evenly, picodollars; at least 1. */
  readonly pacePerMinute: bigint
  /** What the window spent, in multiples of that pace; six decimals. */
  readonly burn: number
  /** The same over the fast rule's two windows, which end with this minute. */
  readonly shortBurn: number
  readonly longBurn: number
  /**
   * Cost of an entry request, picodollars; undefined where nothing happened. Money without any entry request counts as one
   * request's: work that never comes to an end must show, too. Of a window that is not whole, and shows too few requests to tell
   * anything, it is a lower bound: as if it had as many as tell something.
   */
  readonly unitCost: number | undefined
  /**
   * Entry requests for each front-door request of the environment; undefined without either. Of a window that is not whole it is a
   * lower bound, and undefined where nothing bounds the front door.
   */
  readonly workRatio: number | undefined
  /** In multiples of the service's own baseline; undefined without one: that leg is silent. */
  readonly unitCostRatio: number | undefined
  readonly workRatioRatio: number | undefined
  /** Minutes until the limit is spent at this window's burn; undefined where nothing burns. */
  readonly minutesLeft: number | undefined
}

/** A window tells something of its service from so many entry requests on. */
export const TELLING_REQUESTS = 20

/**
 * The signals of one window. A part of a window tells little of the work ratio, whose two sides come by different partitions; a
 * service's cost and its requests come by the same ones, so enough of them tell unit cost, and a missing price only lowers it.
 */
export function signalsOf(
  facts: WindowFacts,
  budget: Budget,
  baselines: { readonly unitCost: Baseline; readonly workRatio: Baseline },
): Signals {
  const limit = parseUsd(budget.limitUsd)
  const evenly = limit / BigInt(minutesOfPeriod(budget, facts.window))
  const pacePerMinute = evenly > 0n ? evenly : 1n
  const burnOver = (minutes: number): number =>
    Number((spentOver(facts, minutes) * 1_000_000n) / (pacePerMinute * BigInt(minutes))) / 1e6
  const whole = facts.complete && !facts.unpriced
  const unitCost = unitCostOf(facts, whole ? 1 : TELLING_REQUESTS)
  const workRatio = workRatioOf(facts, whole ? facts.frontDoorRequests : facts.frontDoorAtMost)
  return {
    whole,
    limit,
    pacePerMinute,
    burn: burnOver(1),
    shortBurn: burnOver(budget.fast.shortMinutes),
    longBurn: burnOver(budget.fast.longMinutes),
    unitCost,
    workRatio,
    unitCostRatio: inMultiples(unitCost, usualFor(baselines.unitCost, facts.window)),
    workRatioRatio: inMultiples(workRatio, usualFor(baselines.workRatio, facts.window)),
    minutesLeft: facts.spent > 0n ? Math.max(0, Number(limit - facts.rolling) / Number(facts.spent)) : undefined,
  }
}

const spentOver = ({ spent, spentBefore }: WindowFacts, minutes: number): bigint =>
  spentBefore.slice(0, minutes - 1).reduce((sum, one) => sum + one, spent)

function unitCostOf({ spent, entryRequests }: WindowFacts, least: number): number | undefined {
  if (entryRequests === 0 && spent === 0n) return undefined
  return Number(spent) / Math.max(least, entryRequests)
}

const workRatioOf = ({ entryRequests }: WindowFacts, frontDoor = 0): number | undefined =>
  entryRequests > 0 && frontDoor > 0 ? entryRequests / frontDoor : undefined

const inMultiples = (value: number | undefined, median: number | undefined): number | undefined =>
  value === undefined || median === undefined || median <= 0 ? undefined : value / median
