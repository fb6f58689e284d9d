import pMap from 'p-map'
import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import { type Judged, withinBlastRadius } from '../../layers/core/budgets/blast-radius.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Configuration } from '../../layers/core/configuration.ts'
import { type Minute, startOfMinute } from '../../layers/core/time/instants.ts'
import { writeJudged } from './write-judged.ts'

/** Where judgements are written, and how many services may be newly throttled. */
interface JudgeEachPorts {
  readonly budgets: Pick<BudgetsTable, 'putEvent' | 'writeState'>
  readonly configuration: Pick<Configuration, 'blastRadius'>
}

export interface Unjudged {
  readonly service: string
  readonly error: unknown
}

/** What to judge: these of all states, as of the end of this window. */
interface Turn {
  readonly states: readonly BudgetState[]
  readonly toJudge: readonly BudgetState[]
  readonly window: Minute
}

/** Services judged side by side. */
const SERVICES_AT_ONCE = 16

/**
 * Judges services side by side, all before one is written, so that the blast radius sees all of them (decision 21); then writes them down.
 * What fails alone fails alone: it is among the unjudged, and the others go on.
 */
export async function judgeEach(
  { budgets, configuration }: JudgeEachPorts,
  { states, toJudge, window }: Turn,
  judge: (before: BudgetState) => Promise<Judged>,
): Promise<{ readonly written: readonly Judged[]; readonly unjudged: readonly Unjudged[] }> {
  const unjudged: Unjudged[] = []
  const trying = async <T>(service: string, run: () => Promise<T>): Promise<readonly T[]> => {
    try {
      return [await run()]
    } catch (error) {
      unjudged.push({ service, error })
      return []
    }
  }
  const atOnce = { concurrency: SERVICES_AT_ONCE }
  const judged = (await pMap(toJudge, (before) => trying(before.service, () => judge(before)), atOnce)).flat()
  const others = states.filter(({ service }) => !judged.some((one) => one.before.service === service))
  const decided = withinBlastRadius(judged, others, configuration.blastRadius, window)
  const endMs = startOfMinute((window + 1) as Minute)
  const write = (one: Judged) => trying(one.before.service, () => writeJudged(budgets, one, endMs))
  return { written: (await pMap(decided, write, atOnce)).flat(), unjudged }
}
