import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { type BudgetFile, budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import { type Budget, budgetSchema } from '../../layers/core/budgets/budget.ts'
import { type Replayed, replay, replayFrom } from '../../layers/core/budgets/replay.ts'
import { type SuggestedLimit, suggestedLimit } from '../../layers/core/budgets/suggest-budget.ts'
import { cents } from '../../layers/core/money/cents.ts'
import { formatUsd } from '../../layers/core/money/picodollars.ts'
import { formatDay } from '../../layers/core/time/days.ts'
import { type EpochMs, minuteOf } from '../../layers/core/time/instants.ts'
import type { Tell } from '../with-progress.ts'
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
  readonly tell: Tell
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

/** Budgets for a file, and which services get none of their own. */
export interface Suggested {
  readonly budgets: readonly Rehearsed[]
  /** Those that spent something, and less than was asked for on each day; the dearest first. Picodollars. */
  readonly leftOut: readonly { readonly service: string; readonly dearestDay: bigint }[]
}

/**
 * A budget for each service that spent `least` (picodollars) or more on a day, and what it would have done. For less a budget is
 * a line to keep that nothing depends on: the default one holds. Throws what asking the API throws.
 */
export async function suggest(rehearsal: Rehearsal, least: bigint): Promise<Suggested> {
  const budgets: Rehearsed[] = []
  const leftOut: { service: string; dearestDay: bigint }[] = []
  await eachService(rehearsal, async (service) => {
    const { base, sign, from, to } = rehearsal
    const minutes = await readMinutes(base, service, (from - 24 * 3_600_000) as EpochMs, to, sign)
    const told = [...minutes].filter(([window]) => window >= minuteOf(from))
    const limit = suggestedLimit(told.map(([window, { spent }]) => [window, spent] as const))
    if (limit === undefined) return
    if (limit.dearestDay < least) {
      leftOut.push({ service, dearestDay: limit.dearestDay })
      return
    }
    const budget = budgetSchema.parse({ comment: commentOn(limit), service, limitUsd: limit.limitUsd })
    budgets.push({ service, budget, replayed: replay(service, minutes, budget, from, to) })
  })
  return { budgets, leftOut: leftOut.sort((a, b) => (a.dearestDay > b.dearestDay ? -1 : 1)) }
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
async function eachService<T>(rehearsal: Rehearsal, run: (service: string) => Promise<T>): Promise<T[]> {
  const services = rehearsal.service === undefined ? await allServices(rehearsal) : [rehearsal.service]
  const done: T[] = []
  for (const [place, one] of services.entries()) {
    rehearsal.tell(`${place} of ${services.length} services: ${one}`)
    done.push(await run(one))
  }
  return done
}

async function allServices({ base, sign }: Rehearsal): Promise<readonly string[]> {
  return (await readStandings(base, sign)).map(({ service }) => service).sort()
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
