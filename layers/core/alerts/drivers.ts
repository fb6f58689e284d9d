import type { LedgerRow } from '../ledger/row.ts'
import { firstMinuteOf, type Hour, hourOfMinute, type Minute } from '../time/instants.ts'

/** Who drives a service's spend: the dearest commit of the last minutes, and that commit's dearest operation. */
export interface Drivers {
  readonly commit: string
  /** The commit's share of what the service spent in the last `DRIVER_MINUTES`, 0 to 1, two decimals. */
  readonly commitShare: number
  /** Undefined where no operation of the commit spent anything. */
  readonly operation: string | undefined
  /** The operation's share of what the commit spent in the hours read, 0 to 1, two decimals. */
  readonly operationShare: number
}

/** A bad deploy shows in minutes; the hour around it still holds the commit before. */
export const DRIVER_MINUTES = 10

/** The hours that `driversOf` wants the rows of. */
export function driverHours(window: Minute): readonly Hour[] {
  const first = hourOfMinute((window - DRIVER_MINUTES + 1) as Minute)
  const last = hourOfMinute(window)
  return first === last ? [last] : [first, last]
}

/** Names the drivers of the minutes up to and with `window`; undefined where nothing was spent. */
export function driversOf(rows: readonly LedgerRow[], window: Minute): Drivers | undefined {
  const commits = new Map<string, bigint>()
  for (const row of rows) add(commits, row.commit, recentSpend(row, window))
  const [commit, spent] = dearest(commits)
  if (commit === undefined || spent <= 0n) return undefined
  const operations = new Map<string, bigint>()
  for (const row of rows) {
    if (row.commit === commit) for (const { operation, cost } of row.operations) add(operations, operation, cost)
  }
  const [operation, operationSpent] = dearest(operations)
  return {
    commit,
    commitShare: share(spent, total(commits)),
    operation: operationSpent > 0n ? operation : undefined,
    operationShare: share(operationSpent, total(operations)),
  }
}

function recentSpend(row: LedgerRow, window: Minute): bigint {
  const first = firstMinuteOf(row.hour)
  return row.minutes
    .filter(({ minute }) => first + minute <= window && first + minute > window - DRIVER_MINUTES)
    .reduce((sum, { cost }) => sum + cost, 0n)
}

const add = (sums: Map<string, bigint>, name: string, cost: bigint): void => {
  sums.set(name, (sums.get(name) ?? 0n) + cost)
}

const total = (sums: ReadonlyMap<string, bigint>): bigint => [...sums.values()].reduce((sum, cost) => sum + cost, 0n)

/** Of equals the first by name, so that the same rows in another order name the same. */
function dearest(sums: ReadonlyMap<string, bigint>): readonly [string | undefined, bigint] {
  let best: readonly [string | undefined, bigint] = [undefined, 0n]
  for (const [name, cost] of [...sums].sort(([a], [b]) => (a < b ? -1 : 1))) if (cost > best[1]) best = [name, cost]
  return best
}

const share = (part: bigint, whole: bigint): number => (whole > 0n ? Number((part * 100n) / whole) / 100 : 0)
