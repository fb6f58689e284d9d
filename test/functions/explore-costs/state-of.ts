import type { BudgetState } from '../../../layers/core/budgets/state.ts'
import { type EpochMs, type Minute, minuteOf } from '../../../layers/core/time/instants.ts'

/** A service well within its budget, judged up to the minute before `now`. */
export function stateOf(service: string, now: EpochMs, rollingUsd = '100'): BudgetState {
  const rule = { ema: undefined, over: 0, under: 0, firing: false }
  return {
    service,
    closed: (minuteOf(now) - 1) as Minute,
    hours: [],
    phase: 'within',
    admit: 1,
    admitBefore: 1,
    mode: 'enforce',
    slow: rule,
    fast: rule,
    unitCost: { days: {} },
    workRatio: { days: {} },
    figures: {
      limitUsd: '500',
      rollingUsd,
      emaUsd: '90',
      windowUsd: '1',
      pace: 1,
      unitCostRatio: null,
      workRatio: null,
      minutesLeft: null,
      complete: true,
    },
    reason: '',
    since: (now - 60_000) as EpochMs,
    heldSince: null,
    version: 4,
  }
}
