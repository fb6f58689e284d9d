import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { Judged } from '../../layers/core/budgets/blast-radius.ts'
import { judgedEvent } from '../../layers/core/budgets/budget-event.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { EpochMs } from '../../layers/core/time/instants.ts'

const turnedFrom = ({ phase, mode, heldBack }: BudgetState, { version }: BudgetState) => ({
  from: { phase, mode, ...(heldBack !== undefined && { heldBack }) },
  version,
})

/**
 * Writes a judgement down. `at`: the end of the window that it was made at. The event goes first: after a crash in between, the next
 * close writes the same one again. There may then be one of a judgement that late spans changed; none is ever missing.
 * Answers with the state before where somebody else has judged since. Throws the SDK's errors.
 */
export async function writeJudged<One extends Judged>(
  budgets: Pick<BudgetsTable, 'putEvent' | 'writeState'>,
  judged: One,
  at: EpochMs,
): Promise<One> {
  const { before, after } = judged
  if (before === after) return judged
  const event = judgedEvent(before, after, at)
  if (event !== undefined) await budgets.putEvent(event)
  const written = event === undefined ? after : { ...after, turned: turnedFrom(before, after) }
  return { ...judged, after: (await budgets.writeState(before, written)) ? written : before }
}
