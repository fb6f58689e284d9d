import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import type { BudgetFile } from '../../layers/core/budgets/assigned-budget.ts'
import type { Judged } from '../../layers/core/budgets/blast-radius.ts'
import { commitRegression } from '../../layers/core/budgets/commit-regression.ts'
import { judge } from '../../layers/core/budgets/judge.ts'
import { spentBefore } from '../../layers/core/budgets/spend-of-hours.ts'
import { hoursForClose, spendOfPeriod } from '../../layers/core/budgets/spend-of-period.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { Configuration } from '../../layers/core/configuration.ts'
import { shortHash } from '../../layers/core/identity/hash.ts'
import { environmentOf } from '../../layers/core/identity/service.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import {
  type EpochMs,
  formatMinute,
  MINUTES_PER_HOUR,
  type Minute,
  minuteInHour,
  startOfMinute,
} from '../../layers/core/time/instants.ts'
import { type DueWindow, HOLD_MS, type PartitionProgress, windowsDue } from '../../layers/core/windows/progress.ts'
import { countedReads, type LedgerReads } from './counted-reads.ts'
import { type Evidence, readEvidence } from './evidence.ts'
import { judgeEach, type Unjudged } from './judge-each.ts'

/** What the close asks of the world. */
export interface CloseWindowsPorts {
  readonly budgets: Pick<
    BudgetsTable,
    | 'readStates'
    | 'readChanges'
    | 'writeState'
    | 'putEvent'
    | 'readClosed'
    | 'claimWindow'
    | 'claimLook'
    | 'releaseWindow'
    | 'finishWindow'
  >
  readonly ledger: Pick<LedgerTable, 'readHours' | 'readFrontDoor'>
  readonly readBook: () => Promise<PriceBook>
  readonly configuration: BudgetFile & Pick<Configuration, 'blastRadius'>
}

/** One closed window, service by service. */
export interface ClosedWindow extends DueWindow {
  readonly states: readonly { readonly before: BudgetState; readonly after: BudgetState }[]
  /** Services that could not be judged although the window was held open for them. */
  readonly unjudged: readonly Unjudged[]
  /** What the close read to judge them. */
  readonly read: LedgerReads
}

/** Some services could not be judged; the others were. The window stays open, and the next pass closes it. */
export class WindowNotClosed extends AggregateError {
  override readonly name = 'WindowNotClosed'
  constructor(window: Minute, unjudged: readonly Unjudged[]) {
    const services = unjudged.map(({ service }) => service)
    super(
      unjudged.map(({ error }) => error),
      `the window ${formatMinute(window)} is not closed: ${services.length} services could not be judged, ${services[0]} first`,
    )
  }
}

/** A day's outage is caught up on within a few minutes' ticks, and no call runs out of time. */
const MAX_WINDOWS_A_CALL = 30

/**
 * Makes the close, which attribute-spans calls when its progress completes windows and the tick when silence leaves them:
 * it closes the windows that are due, in order, and answers with what it closed. Whoever comes second finds it done.
 * A crash between any two writes loses nothing: the next closer takes the window again, and skips what is judged.
 * Where a later window fails, what was closed before it is answered; the next call begins with the one that failed. Once `isLate`
 * answers true no further window is begun: an hour of them, with many services, takes longer than a function has.
 * It throws WindowNotClosed, and the SDK's errors when a table is out of reach.
 */
export function closeDueWindows(ports: CloseWindowsPorts) {
  return async (
    progress: readonly PartitionProgress[],
    now: EpochMs,
    isLate: () => boolean = () => false,
  ): Promise<readonly ClosedWindow[]> => {
    const closed: ClosedWindow[] = []
    const due = windowsDue(progress, await ports.budgets.readClosed(), now)
    for (const window of due.slice(0, MAX_WINDOWS_A_CALL)) {
      if (isLate() || !(await ports.budgets.claimWindow(window.window, now))) break
      try {
        closed.push(await closeWindow(ports, window, now))
      } catch (error) {
        await ports.budgets.releaseWindow(now)
        if (closed.length === 0) throw error
        return closed
      }
    }
    return closed
  }
}

async function closeWindow(ports: CloseWindowsPorts, due: DueWindow, now: EpochMs): Promise<ClosedWindow> {
  const { ledger, read } = countedReads(ports.ledger)
  const evidence = await readEvidence({ ...ports, ledger }, due.window, now)
  const { states } = evidence
  const turn = { states, toJudge: states.filter(({ closed }) => closed < due.window), window: due.window }
  const { written, unjudged } = await judgeEach(ports, turn, (before) => judgeService(evidence, due, before))
  const endMs = startOfMinute((due.window + 1) as Minute)
  // One service must not hold up the others for longer than a partition may.
  const isHeld = now < endMs + HOLD_MS
  if (unjudged.length > 0 && isHeld) throw new WindowNotClosed(due.window, unjudged)
  await ports.budgets.finishWindow(due.window)
  return { ...due, states: written.filter(({ before, after }) => before !== after), unjudged, read: read() }
}

async function judgeService(evidence: Evidence, due: DueWindow, before: BudgetState): Promise<Judged> {
  const { budget, isAllowed } = evidence.budgetAt(before.service, due.window)
  const hours = hoursForClose(before, budget, due.window, isRecountOf(before.service, due.window))
  const { rows, spend } = await evidence.spendOf(before.service, hours)
  const { spent, rolling, hours: totals, days } = spendOfPeriod(before, budget, due.window, spend.minutes)
  // A service that has spent nothing for a whole period has nothing to be judged by, and costs nothing to keep.
  if (before.phase === 'within' && before.version > 0 && rolling === 0n) return { before, after: before, isAllowed }
  const facts = {
    ...due,
    unpriced: spend.unpriced.has(due.window),
    spent,
    spentBefore: spentBefore(spend.minutes, due.window, budget.fast.longMinutes - 1),
    rolling,
    entryRequests: spend.entryRequests.get(due.window) ?? 0,
    frontDoorRequests: await evidence.frontDoorOf(environmentOf(before.service)),
    regression: commitRegression(rows, due.window),
  }
  const after = { ...judge(before, facts, budget, totals), days, requests: facts.entryRequests }
  return { before, after, isAllowed }
}

/** Once an hour each service, at its own minute, is counted anew. */
const isRecountOf = (service: string, window: Minute): boolean =>
  minuteInHour(window) === Number.parseInt(shortHash(service, 4), 36) % MINUTES_PER_HOUR
