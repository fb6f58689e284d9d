import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { type BudgetFile, budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import { type Budget, budgetSchema } from '../../layers/core/budgets/budget.ts'
import { type Replayed, replay, replayFrom } from '../../layers/core/budgets/replay.ts'
import { type SuggestedLimit, suggestedLimit } from '../../layers/core/budgets/suggest-budget.ts'
import { cents } from '../../layers/core/money/cents.ts'
import { formatUsd } from '../../layers/core/money/picodollars.ts'
import { formatDay } from '../../layers/core/time/days.ts'
import { type EpochMs, minuteOf } from '../../layers/core/time/instants.ts'
import { readMinutes, readStandings } from './budgets-client.ts'

/** What a budget would have done to one service. */
export interface Rehearsed {
  readonly service: string
  readonly budget: Budget
  readonly replayed: Replayed
}

/** Where the ledger is asked, and for which time. */
export interface Rehearsal {
  readonly base: URL
  readonly sign: SignGet | undefined
  readonly from: EpochMs
  readonly to: EpochMs
  /** One service; all without it. */
  readonly service: string | undefined
}

/** The one service that was asked for has done nothing in all the time that is looked at. */
class NothingOfService extends Error {
  override readonly name = 'NothingOfService'
  constructor(service: string) {
    super(`the ledger holds nothing of ${service} in this time: "tollgate top" names the services that it knows`)
  }
}

/** Runs every service's minutes through its budget of a file. @throws NothingOfService, and what asking the API throws */
export function rehearse(rehearsal: Rehearsal, file: BudgetFile): Promise<readonly Rehearsed[]> {
  return eachService(rehearsal, async (service) => {
    const budget = budgetFor(service, file)
    const { base, sign, from, to } = rehearsal
    const minutes = await readMinutes(base, service, replayFrom(budget, from), to, sign)
    const isIdle = [...minutes.values()].every(({ spent, requests }) => spent === 0n && requests === 0)
    if (isIdle && rehearsal.service !== undefined) throw new NothingOfService(service)
    return { service, budget, replayed: replay(service, minutes, budget, from, to) }
  })
}

/** A budget for each service that spent something, and what it would have done. Throws what asking the API throws. */
export async function suggest(rehearsal: Rehearsal): Promise<readonly Rehearsed[]> {
  const suggested = await eachService(rehearsal, async (service) => {
    const { base, sign, from, to } = rehearsal
    const minutes = await readMinutes(base, service, (from - 24 * 3_600_000) as EpochMs, to, sign)
    const told = [...minutes].filter(([window]) => window >= minuteOf(from))
    const limit = suggestedLimit(told.map(([window, { spent }]) => [window, spent] as const))
    if (limit === undefined) return undefined
    const budget = budgetSchema.parse({ comment: commentOn(limit), service, limitUsd: limit.limitUsd })
    return { service, budget, replayed: replay(service, minutes, budget, from, to) }
  })
  return suggested.filter((one) => one !== undefined)
}

const INCIDENTS_NAMED = 5

/** What a suggested limit was made from, and which days were left out. */
function commentOn({ days, incidents }: SuggestedLimit): string {
  const made = `half as much again as the 99th percentile of ${days} ${days === 1 ? 'day' : 'days'}`
  if (incidents.length === 0) return made
  const named = incidents.slice(0, INCIDENTS_NAMED).map(({ day, spent }) => `${formatDay(day)} ($${cents(spent)})`)
  const more = incidents.length > INCIDENTS_NAMED ? ` and ${incidents.length - INCIDENTS_NAMED} days more` : ''
  return `${made}; left out, as more than twice the median day: ${named.join(', ')}${more}`
}

/** One after the other: a ledger that works is not to be flooded by a rehearsal. */
async function eachService<T>({ base, sign, service }: Rehearsal, run: (service: string) => Promise<T>): Promise<T[]> {
  const services =
    service === undefined ? (await readStandings(base, sign)).map((one) => one.service).sort() : [service]
  const done: T[] = []
  for (const one of services) done.push(await run(one))
  return done
}

/** A rehearsal for programs; amounts are exact. */
export const asJson = ({ service, budget, replayed }: Rehearsed) => ({
  service,
  budget,
  spentUsd: formatUsd(replayed.spent),
  savedUsd: formatUsd(replayed.saved),
  requests: replayed.requests,
  refused: replayed.refused,
  lowestAdmit: replayed.steps.reduce((least, { admit }) => Math.min(least, admit), 1),
  turns: replayed.turns.map((turn) => ({ ...turn, at: new Date(turn.at).toISOString() })),
})
