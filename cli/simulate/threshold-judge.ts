import { smooth } from '../../layers/core/budgets/ema.ts'
import { hoursOfPeriod, hoursToRead, rollingSpend } from '../../layers/core/budgets/rolling-spend.ts'
import { spendOfHours } from '../../layers/core/budgets/spend-of-hours.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { EpochMs, Minute } from '../../layers/core/time/instants.ts'
import { windowsDue } from '../../layers/core/windows/progress.ts'
import { mayBeDue, type SimulatedJudge } from './judge.ts'
import type { SimulatedLedger } from './simulated-ledger.ts'
import { LIMIT_USD, SERVICE } from './simulated-service.ts'

/** A rule on rolling spend alone: its average above the limit for some windows in a row closes the gate altogether. */
export interface ThresholdRule {
  readonly alpha: number
  readonly windows: number
}

/** Spent more than the limit: closed. */
export const HARD_THRESHOLD: ThresholdRule = { alpha: 1, windows: 1 }
/** The rule of the article that Tollgate grew from. */
export const PLAIN_EMA: ThresholdRule = { alpha: 0.1, windows: 3 }

const PERIOD_HOURS = 24
const LIMIT = parseUsd(String(LIMIT_USD))

/** Judges by one threshold, on the same windows and figures as Tollgate. It tells people when it throttles. */
export function createThresholdJudge(
  { alpha, windows }: ThresholdRule,
  ledger: SimulatedLedger,
  readBook: () => PriceBook,
  closed: Minute | undefined,
): SimulatedJudge {
  let lastClosed = closed
  let ema: bigint | undefined
  let over = 0
  let totals: BudgetState['hours'] = []
  const spendUntil = async (window: Minute, now: EpochMs): Promise<bigint> => {
    const hours = (totals.length === 0 ? hoursOfPeriod : hoursToRead)(window, PERIOD_HOURS)
    const { rows, parked } = await ledger.readHours(SERVICE, hours)
    const { minutes } = spendOfHours(hours, rows, parked, readBook(), now)
    const spend = rollingSpend(window, PERIOD_HOURS, totals, minutes)
    totals = spend.hours
    return spend.rolling
  }
  return async (progress, now) => {
    if (!mayBeDue(lastClosed, now)) return []
    const standings = []
    for (const { window } of windowsDue(progress(), lastClosed, now)) {
      ema = smooth(ema, await spendUntil(window, now), alpha)
      over = ema > LIMIT ? over + 1 : 0
      lastClosed = window
      standings.push({ admit: over >= windows ? 0 : 1, alerted: over >= windows })
    }
    return standings
  }
}
