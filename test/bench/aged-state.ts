import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { budgetSchema } from '../../layers/core/budgets/budget.ts'
import { freshState, judge } from '../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Picodollars } from '../../layers/core/money/picodollars.ts'
import { type Hour, hourOfMinute, MINUTES_PER_HOUR, type Minute, minuteOf } from '../../layers/core/time/instants.ts'
import { NOW } from './consumer.ts'
import { itemBytes } from './item-size.ts'
import { meteredTable } from './metered-table.ts'
import { randomOf } from './msk-event.ts'

const WEEK = 7 * 24 * MINUTES_PER_HOUR
const HOURS_KEPT = 25

/** A budget's state after a week of judgements, of a service whose costs vary by a fifth. */
export function agedState(service: string): BudgetState {
  const budget = budgetSchema.parse({ service: '*' })
  const random = randomOf(7)
  const first = minuteOf(NOW) - WEEK
  let state = { ...freshState(service, 'shadow'), closed: first as Minute }
  for (let window = (first + 1) as Minute; window < first + WEEK; window = (window + 1) as Minute) {
    const hour = hourOfMinute(window)
    const spent = BigInt(Math.round(1e9 * (0.8 + 0.4 * random()))) as Picodollars
    const hours = Array.from({ length: HOURS_KEPT }, (_, place) => ({
      hour: (hour - place) as Hour,
      cost: (spent * 60n) as Picodollars,
    }))
    const facts = {
      complete: true,
      unpriced: false,
      spentBefore: [],
      rolling: (spent * 1440n) as Picodollars,
      entryRequests: 1000,
      frontDoorRequests: 50,
    }
    state = judge(state, { window, spent, ...facts }, budget, hours)
  }
  return state
}

/** Bytes of such a state's item. */
export async function bytesOfAgedState(): Promise<number> {
  const state = agedState('prod/shop/service-12')
  const table = meteredTable()
  const budgets = connectBudgets(table.client, 'budgets')
  await budgets.registerService(state.service)
  await budgets.writeState({ ...state, version: 0 }, state)
  return Math.max(...[...table.items()].map(itemBytes))
}
