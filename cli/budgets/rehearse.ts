import type { SignGet } from '../../layers/adapters/request-signer.ts'
import { type BudgetFile, budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import { type Budget, budgetSchema } from '../../layers/core/budgets/budget.ts'
import { type Replayed, replay, replayFrom } from '../../layers/core/budgets/replay.ts'
import { suggestedLimit } from '../../layers/core/budgets/suggest-budget.ts'
import { formatUsd } from '../../layers/core/money/picodollars.ts'
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

/** Runs every service's minutes through its budget of a file. Throws what asking the API throws. */
export function rehearse(rehearsal: Rehearsal, file: BudgetFile): Promise<readonly Rehearsed[]> {
  return eachService(rehearsal, async (service) => {
    const budget = budgetFor(service, file)
    const { base, sign, from, to } = rehearsal
    const minutes = await readMinutes(base, service, replayFrom(budget, from), to, sign)
    return { service, budget, replayed: replay(service, minutes, budget, from, to) }
  })
}

/** A budget for each service that spent something, and what it would have done. Throws what asking the API throws. */
export async function suggest(rehearsal: Rehearsal): Promise<readonly Rehearsed[]> {
  const suggested = await eachService(rehearsal, async (service) => {
    const { base, sign, from, to } = rehearsal
    const minutes = await readMinutes(base, service, (from - 24 * 3_600_000) as EpochMs, to, sign)
    const told = [...minutes].filter(([window]) => window >= minuteOf(from))
    const limitUsd = suggestedLimit(told.map(([window, { spent }]) => [window, spent] as const))
    if (limitUsd === undefined) return undefined
    const budget = budgetSchema.parse({ service, limitUsd })
    return { service, budget, replayed: replay(service, minutes, budget, from, to) }
  })
  return suggested.filter((one) => one !== undefined)
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
