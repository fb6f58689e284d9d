import type { BudgetsTable } from '../../layers/adapters/budgets-table.ts'
import type { LedgerTable } from '../../layers/adapters/ledger-table.ts'
import type { OwnMetrics } from '../../layers/adapters/own-metrics.ts'
import { budgetsReport } from '../../layers/core/budgets/budgets-report.ts'
import { minuteCounter } from '../../layers/core/ledger/counters.ts'
import { type OwnIdentity, ownRecord } from '../../layers/core/ledger/own-usage.ts'
import { unpack } from '../../layers/core/ledger/packed.ts'
import { type PricedRow, priceRecord } from '../../layers/core/ledger/price-record.ts'
import type { Picodollars } from '../../layers/core/money/picodollars.ts'
import type { PriceBook } from '../../layers/core/prices/price.ts'
import {
  type EpochMs,
  type Hour,
  hourOf,
  MINUTES_PER_HOUR,
  MS_PER_MINUTE,
  startOfHour,
} from '../../layers/core/time/instants.ts'

/** What meter-itself asks of the world. */
export interface MeterItselfPorts {
  readonly now: () => EpochMs
  readonly own: OwnIdentity
  readonly metrics: OwnMetrics
  readonly readBook: () => Promise<PriceBook>
  readonly bookRow: LedgerTable['bookRow']
  readonly budgets: Pick<BudgetsTable, 'registerService' | 'readStates'>
}

/** What one run came to. */
export interface MeteredItself {
  /** Hours booked now; an hour that was booked before is none. */
  readonly hours: number
  /** Of the hours booked now, picodollars; what waits for a price is not in it. */
  readonly cost: Picodollars
  /** How much of its own budget the deployment has used, percent; null before the first judgement. */
  readonly usedPercent: number | null
}

/** CloudWatch has a minute's counts within some minutes of its end. */
const LATE_MS = 15 * MS_PER_MINUTE
/** Hours looked at in each run: what a run that failed left out is made up for by the next. */
const HOURS = 3
/** Its rows are of no partition: a shard of its own, whose offsets are the hours. */
const SHARD = 'self.0'

/**
 * Books what the deployment itself cost in the last complete hours, under its own name: Tollgate is a service in its own
 * ledger, with a budget like any other. An hour is one record at the offset of the hour, so the ledger's fence books it once,
 * whoever asks how often.
 */
export function meterItself(ports: MeterItselfPorts): (event: unknown) => Promise<MeteredItself> {
  return async () => {
    const end = hourOf((ports.now() - LATE_MS) as EpochMs)
    const first = (end - HOURS) as Hour
    const counts = await ports.metrics.readCounts(startOfHour(first), startOfHour(end))
    const book = await ports.readBook()
    let hours = 0
    let cost = 0n
    for (let hour = first; hour < end; hour = (hour + 1) as Hour) {
      const record = ownRecord(counts, hour, ports.own)
      if (record === undefined) continue
      for (const row of priceRecord(record, book, SHARD, ports.now())) {
        await ports.budgets.registerService(row.place.service)
        const at = { offset: hour, timestampMs: startOfHour(hour) }
        const { booked } = await ports.bookRow(row.place, [{ ...at, counters: row.counters, parked: row.parked }])
        hours += booked
        if (booked > 0) cost += costOf(row)
      }
    }
    return { hours, cost: cost as Picodollars, usedPercent: await usedPercent(ports) }
  }
}

function costOf({ counters }: PricedRow): bigint {
  let cost = 0n
  for (let minute = 0; minute < MINUTES_PER_HOUR; minute++) {
    cost += unpack(counters.get(minuteCounter(minute)) ?? 0n).amount
  }
  return cost
}

async function usedPercent({ budgets, own, now }: MeterItselfPorts): Promise<number | null> {
  const state = (await budgets.readStates()).filter(({ service }) => service === own.service)
  return budgetsReport(state, [], [], now()).budgets[0]?.usedPercent ?? null
}
