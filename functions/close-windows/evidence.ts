import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import { type BudgetFile, budgetFor } from '../../layers/core/budgets/assigned-budget.ts'
import type { Budget } from '../../layers/core/budgets/budget.ts'
import { effectiveBudget, isAllowedToThrottle } from '../../layers/core/budgets/change.ts'
import { spendOfHours } from '../../layers/core/budgets/spend-of-hours.ts'
import type { BudgetState } from '../../layers/core/budgets/state.ts'
import type { LedgerRow } from '../../layers/core/ledger/row.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import {
  type EpochMs,
  type Hour,
  hourOfMinute,
  type Minute,
  minuteInHour,
  startOfMinute,
} from '../../layers/core/time/instants.ts'

/** Where evidence is read. */
interface EvidencePorts {
  readonly budgets: Pick<BudgetsTable, 'readStates' | 'readChanges'>
  readonly ledger: Pick<LedgerTable, 'readHours' | 'readFrontDoor'>
  readonly readBook: () => Promise<PriceBook>
  readonly configuration: BudgetFile
}

/** What the services of one close, or of one early look, are judged by: read once for all of them, but for each one's spend. */
export interface Evidence {
  readonly states: readonly BudgetState[]
  /** The budget of a service as of the end of a window, live changes included, and whether it may be throttled beyond the blast radius. */
  readonly budgetAt: (service: string, window: Minute) => { readonly budget: Budget; readonly isAllowed: boolean }
  /** A service's rows of these hours, and their money; what is parked counts at its last known price. */
  readonly spendOf: (
    service: string,
    hours: readonly Hour[],
  ) => Promise<{ readonly rows: readonly LedgerRow[]; readonly spend: ReturnType<typeof spendOfHours> }>
  /** Front-door requests of an environment in the one window that was asked for. */
  readonly frontDoorOf: (environment: string) => Promise<number>
}

/** Reads states, changes and prices, for services that are judged at `now` by the front door of `window`. Throws what the tables throw. */
export async function readEvidence(
  { budgets, ledger, readBook, configuration }: EvidencePorts,
  window: Minute,
  now: EpochMs,
): Promise<Evidence> {
  const [states, changes, book] = await Promise.all([budgets.readStates(), budgets.readChanges(), readBook()])
  const changesOf = new Map(changes.map((one) => [one.service, one]))
  return {
    states,
    budgetAt: (service, at) => {
      const endMs = startOfMinute((at + 1) as Minute)
      const changed = changesOf.get(service)
      return {
        budget: effectiveBudget(budgetFor(service, configuration), changed, endMs),
        isAllowed: isAllowedToThrottle(changed, endMs),
      }
    },
    spendOf: async (service, hours) => {
      const { rows, parked } = await ledger.readHours(service, hours)
      return { rows, spend: spendOfHours(hours, rows, parked, book, now) }
    },
    frontDoorOf: frontDoors(ledger, window),
  }
}

/** Read once for all services of the environment. */
function frontDoors(ledger: EvidencePorts['ledger'], window: Minute): (environment: string) => Promise<number> {
  const known = new Map<string, Promise<number>>()
  const read = async (environment: string): Promise<number> => {
    const rows = await ledger.readFrontDoor(environment, [hourOfMinute(window)])
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
