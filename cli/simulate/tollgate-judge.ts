import { type CloseWindowsPorts, closeDueWindows } from '../../functions/close-windows/close-due-windows.ts'
import { judgeHeldWindows } from '../../functions/close-windows/judge-held-windows.ts'
import { type Budget, budgetSchema } from '../../layers/core/budgets/budget.ts'
import { freshState } from '../../layers/core/budgets/judge.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { flagOf } from '../../layers/core/flags/flag-of-state.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import type { EpochMs, Minute } from '../../layers/core/time/instants.ts'
import { LOOK_MS, type Look } from '../../layers/core/windows/progress.ts'
import { mayBeDue, type SimulatedJudge } from './judge.ts'
import type { SimulatedLedger } from './simulated-ledger.ts'
import { LIMIT_USD, SERVICE } from './simulated-service.ts'

/** What the judge remembers between two closes: what a run starts from. */
export interface Memory {
  state: BudgetState
  closed: Minute | undefined
  looked: Look | undefined
}

export const noMemory = (): Memory => ({ state: freshState(SERVICE, 'shadow'), closed: undefined, looked: undefined })

/** Tollgate's own close, as the deployed functions run it, on a ledger in memory. `memory` is kept up to date. */
export function createTollgateJudge(
  memory: Memory,
  mode: Budget['mode'],
  ledger: SimulatedLedger,
  readBook: () => PriceBook,
): SimulatedJudge {
  const budget = budgetSchema.parse({ service: SERVICE, limitUsd: String(LIMIT_USD), mode })
  const ports = {
    budgets: budgetsOf(memory),
    ledger,
    readBook: async () => readBook(),
    configuration: configurationSchema.parse({ budgets: [budget] }),
  }
  const close = closeDueWindows(ports)
  const look = judgeHeldWindows(ports)
  const standingAt = (now: EpochMs) => (state: BudgetState) => ({
    admit: admittedBy(state, now),
    alerted: state.phase !== 'within',
  })
  return async (progress, now) => {
    if (!mayBeDue(memory.closed, now)) return []
    const partitions = progress()
    const closed = await close(partitions, now)
    const { changed } = await look(partitions, now)
    return [...closed.flatMap(({ states }) => states.map(({ after }) => after)), ...changed].map(standingAt(now))
  }
}

const HELD_MS = 3_600_000

const admittedBy = (state: BudgetState, now: EpochMs): number => flagOf(state, now, HELD_MS).admit

/** A Budgets table of one service and one closer. */
const budgetsOf = (memory: Memory): CloseWindowsPorts['budgets'] => ({
  readStates: async () => [memory.state],
  readChanges: async () => [],
  putEvent: async () => {},
  writeState: async (_, after) => {
    memory.state = after
    return true
  },
  readClosed: async () => memory.closed,
  claimWindow: async () => true,
  claimLook: async (look) => {
    const before = memory.looked
    if (before !== undefined && look.at - before.at < LOOK_MS) return undefined
    memory.looked = look
    return { before }
  },
  releaseWindow: async () => {},
  finishWindow: async (window) => {
    memory.closed = window
  },
})
