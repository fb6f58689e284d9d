import type { Judged } from '../../layers/core/budgets/blast-radius.ts'
import { judgeEarly } from '../../layers/core/budgets/judge-early.ts'
import { spentBefore } from '../../layers/core/budgets/spend-of-hours.ts'
import { spendOfPeriod } from '../../layers/core/budgets/spend-of-period.ts'
import type { BudgetState, WindowFacts } from '../../layers/core/budgets/state.ts'
import { environmentOf } from '../../layers/core/identity/service.ts'
import { type EpochMs, firstMinuteOf, type Hour, hourOfMinute, type Minute } from '../../layers/core/time/instants.ts'
import {
  type HeldWindows,
  isFallingBehind,
  type PartitionProgress,
  windowsHeld,
} from '../../layers/core/windows/progress.ts'
import type { CloseWindowsPorts } from './close-due-windows.ts'
import { type Evidence, readEvidence } from './evidence.ts'
import { judgeEach } from './judge-each.ts'

/** Of less of a window the front door cannot be told. */
const LEAST_READ = 0.3
/** So many hours of a service are read: what a partition brings of older ones shows in rolling spend alone. */
const HOURS_READ = 3

/**
 * Makes the early look at windows that a partition which falls behind holds up: a flood that makes its own partition lag would
 * otherwise be judged by windows that close nearly empty. It takes place twice a minute, under the same claim as a close, and closes
 * nothing. Answers with the states that it changed, and what it could not judge. A crash costs one look: there will be another.
 * It throws the SDK's errors when a table is out of reach.
 */
export function judgeHeldWindows(ports: CloseWindowsPorts) {
  return async (
    progress: readonly PartitionProgress[],
    now: EpochMs,
  ): Promise<{ readonly changed: readonly BudgetState[]; readonly failed: readonly unknown[] }> => {
    const nothing = { changed: [], failed: [] }
    const held = windowsHeld(progress, now)
    if (held === undefined) return nothing
    const look = { at: now, lagMs: held.lagMs }
    const claim = await ports.budgets.claimLook(look)
    if (claim === undefined) return nothing
    try {
      return isFallingBehind(look, claim.before) ? await lookAt(ports, held, now) : nothing
    } finally {
      await ports.budgets.releaseWindow(now)
    }
  }
}

async function lookAt(ports: CloseWindowsPorts, held: HeldWindows, now: EpochMs) {
  const evidence = await readEvidence(ports, held.first, now)
  const { states } = evidence
  const turn = { states, toJudge: states, window: held.newest }
  const { written, unjudged } = await judgeEach(ports, turn, (before) => judgeService(evidence, held, before))
  const changed = written.filter(({ before, after }) => before !== after).map(({ after }) => after)
  return { changed, failed: unjudged.map(({ error }) => error) }
}

async function judgeService(evidence: Evidence, held: HeldWindows, before: BudgetState): Promise<Judged> {
  const { budget, isAllowed } = evidence.budgetAt(before.service, held.newest)
  const last = hourOfMinute(held.newest)
  const firstHour = Math.max(hourOfMinute(held.first), last - HOURS_READ + 1) as Hour
  const hours = Array.from({ length: last - firstHour + 1 }, (_, place) => (firstHour + place) as Hour)
  const { spend } = await evidence.spendOf(before.service, hours)
  const first = Math.max(held.first, firstMinuteOf(firstHour))
  const environment = environmentOf(before.service)
  const frontDoorAtMost =
    held.readOfFirst < LEAST_READ ? undefined : (await evidence.frontDoorOf(environment)) / held.readOfFirst
  const facts = Array.from({ length: held.newest - first + 1 }, (_, place): WindowFacts => {
    const window = (first + place) as Minute
    const { spent, rolling } = spendOfPeriod(before, budget, window, spend.minutes)
    return {
      window,
      complete: false,
      unpriced: spend.unpriced.has(window),
      spent,
      spentBefore: spentBefore(spend.minutes, window, budget.fast.longMinutes - 1),
      rolling,
      entryRequests: spend.entryRequests.get(window) ?? 0,
      frontDoorRequests: 0,
      ...(window === held.first && { frontDoorAtMost }),
    }
  })
  return { before, after: judgeEarly(before, facts, budget, held.newest), isAllowed }
}
