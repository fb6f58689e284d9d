import { UsageError } from '../usage-error.ts'
import type { Scenario } from './scenario.ts'
import { MORE_SCENARIOS, SCENARIOS } from './scenarios.ts'

/**
 * The scenarios with these ids, in their own order; where none is named all but those that have to be named.
 * @throws UsageError for an id that no scenario has
 */
export function chosenScenarios(ids: readonly string[] | undefined): readonly Scenario[] {
  if (ids === undefined) return SCENARIOS
  const all = [...SCENARIOS, ...MORE_SCENARIOS]
  const unknown = ids.find((id) => !all.some((scenario) => scenario.id === id))
  if (unknown !== undefined) {
    throw new UsageError(`there is no scenario "${unknown}": take ${all.map(({ id }) => id).join(', ')}`)
  }
  return all.filter(({ id }) => ids.includes(id))
}
