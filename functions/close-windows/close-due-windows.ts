import pMap from 'p-map'
import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import { budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import type { Budget } from '../../layers/core/budgets/budget.ts'
import { judge } from '../../layers/core/budgets/judge.ts'
import { hoursOfPeriod, hoursToRead, rollingSpend } from '../../layers/core/budgets/rolling-spend.ts'
import { spendOfHours } from '../../layers/core/budgets/spend-of-hours.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Configuration } from '../../layers/core/configuration.ts'
import { shortHash } from '../../layers/core/identity/hash.ts'
import { environmentOf } from '../../layers/core/identity/service.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import {
  type EpochMs,
  hourOfMinute,
  MINUTES_PER_HOUR,
  type Minute,
  minuteInHour,
} from '../../layers/core/time/instants.ts'
import { type DueWindow, type PartitionProgress, windowsDue } from '../../layers/core/windows/progress.ts'

/** What the close asks of the world. */
export interface CloseWindowsPorts {
  readonly budgets: BudgetsTable
  readonly ledger: Pick<LedgerTable, 'readHours' | 'readFrontDoor'>
  readonly readBook: () => Promise<PriceBook>
  readonly configuration: Pick<Configuration, 'budgets' | 'defaultBudget'>
}

/** One closed window, service by service. */
export interface ClosedWindow extends DueWindow {
  readonly states: readonly { readonly before: BudgetState; readonly after: BudgetState }[]
}

/** Services judged side by side. */
const SERVICES_AT_ONCE = 16

/**
 * Makes the close, which attribute-spans calls when its progress completes windows and the tick when silence leaves them:
 * it closes every window that is due, in order, and answers with what it closed. Whoever comes second finds it done.
 * A crash between any two writes loses nothing: the next closer takes the window again, and skips what is judged.
 */
export function closeDueWindows(ports: CloseWindowsPorts) {
  return async (progress: readonly PartitionProgress[], now: EpochMs): Promise<readonly ClosedWindow[]> => {
    const closed: ClosedWindow[] = []
    for (const due of windowsDue(progress, await ports.budgets.readClosed(), now)) {
      if (!(await ports.budgets.claimWindow(due.window, now))) break
      closed.push(await closeWindow(ports, due, now))
      await ports.budgets.finishWindow(due.window)
    }
    return closed
  }
}

async function closeWindow(ports: CloseWindowsPorts, due: DueWindow, now: EpochMs): Promise<ClosedWindow> {
  const book = await ports.readBook()
  const frontDoorOf = frontDoors(ports, due.window)
  const states = await pMap(
    await ports.budgets.readStates(),
    async (before) => ({ before, after: await judgeService(ports, due, before, book, frontDoorOf, now) }),
    { concurrency: SERVICES_AT_ONCE },
  )
  return { ...due, states: states.filter(({ before, after }) => before !== after) }
}

async function judgeService(
  ports: CloseWindowsPorts,
  due: DueWindow,
  before: BudgetState,
  book: PriceBook,
  frontDoorOf: (environment: string) => Promise<number>,
  now: EpochMs,
): Promise<BudgetState> {
  if (before.closed >= due.window) return before
  const budget = budgetFor(before.service, ports.configuration)
  const hours = hoursFor(before, budget, due.window)
  const { rows, parked } = await ports.ledger.readHours(before.service, hours)
  const spend = spendOfHours(hours, rows, parked, book, now)
  const { spent, rolling, hours: totals } = rollingSpend(due.window, budget.periodHours, before.hours, spend.minutes)
  const place = hourOfMinute(due.window) * MINUTES_PER_HOUR + minuteInHour(due.window)
  const facts = {
    ...due,
    unpriced: spend.unpriced.has(place as Minute),
    spent,
    rolling,
    entryRequests: spend.entryRequests.get(place as Minute) ?? 0,
    frontDoorRequests: await frontDoorOf(environmentOf(before.service)),
  }
  const after = judge(before, facts, budget, totals)
  return (await ports.budgets.writeState(before, after)) ? after : before
}

/** The current, the previous and the leaving hour; once an hour, each service at its own minute, all of the period. */
function hoursFor(state: BudgetState, budget: Budget, window: Minute) {
  const recountAt = Number.parseInt(shortHash(state.service, 4), 36) % MINUTES_PER_HOUR
  const recount = state.hours.length === 0 || minuteInHour(window) === recountAt
  return recount ? hoursOfPeriod(window, budget.periodHours) : hoursToRead(window, budget.periodHours)
}

/** Front-door requests of an environment in the window; read once for all its services. */
function frontDoors(ports: CloseWindowsPorts, window: Minute): (environment: string) => Promise<number> {
  const known = new Map<string, Promise<number>>()
  const read = async (environment: string): Promise<number> => {
    const rows = await ports.ledger.readFrontDoor(environment, [hourOfMinute(window)])
    return rows
      .flatMap((row) => row.minutes)
      .reduce((sum, { minute, requests }) => (minute === minuteInHour(window) ? sum + requests : sum), 0)
  }
  return (environment) => {
    const reading = known.get(environment) ?? read(environment)
    known.set(environment, reading)
    return reading
  }
}
