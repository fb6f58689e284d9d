import type { Configuration } from '../configuration.ts'
import { wildcard } from '../identity/wildcard.ts'
import type { Budget } from './budget.ts'

/** The budget of a service: the first whose pattern matches, else the default. `*` stands for any characters. */
export function budgetFor(service: string, configuration: Pick<Configuration, 'budgets' | 'defaultBudget'>): Budget {
  return configuration.budgets.find((budget) => wildcard(budget.service).test(service)) ?? configuration.defaultBudget
}
