import type { Configuration } from '../configuration.ts'
import { environmentOf } from '../identity/service.ts'
import { wildcard } from '../identity/wildcard.ts'
import type { Budget } from './budget.ts'

/** What of the configuration decides which budget a service has. */
export type BudgetFile = Pick<Configuration, 'budgets' | 'defaultBudget' | 'teams'>

/** The budget of a service: the first that names it, its environment or its team, else the default. */
export function budgetFor(service: string, { budgets, defaultBudget, teams }: BudgetFile): Budget {
  const team = teamOf(service, teams)
  return budgets.find((budget) => isFor(budget, service, team)) ?? defaultBudget
}

/** The first team one of whose patterns matches the service; a team is no part of a row's key. */
const teamOf = (service: string, teams: Configuration['teams']): string | undefined =>
  teams.find(({ services }) => services.some((pattern) => wildcard(pattern).test(service)))?.team

function isFor(budget: Budget, service: string, team: string | undefined): boolean {
  if (budget.service !== undefined) return wildcard(budget.service).test(service)
  if (budget.environment !== undefined) return budget.environment === environmentOf(service)
  return budget.team !== undefined && budget.team === team
}
