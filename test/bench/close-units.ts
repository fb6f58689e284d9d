import { closeDueWindows } from '../../functions/close-windows/close-due-windows.ts'
import { connectBudgets } from '../../layers/adapters/budgets-table.ts'
import { connectLedger } from '../../layers/adapters/ledger-table.ts'
import { configurationSchema } from '../../layers/core/configuration.ts'
import { hourPrefix } from '../../layers/core/ledger/row-name.ts'
import {
  type EpochMs,
  firstMinuteOf,
  type Hour,
  MINUTES_PER_HOUR,
  type Minute,
  startOfMinute,
} from '../../layers/core/time/instants.ts'
import { GRACE_MS, type PartitionProgress } from '../../layers/core/windows/progress.ts'
import { LOCAL_TABLES } from '../../local/tables.ts'
import { agedState } from './aged-state.ts'
import { priceBookOfBench } from './consumer.ts'
import { fleetRecords } from './fleet-records.ts'
import { type MeteredTable, meteredTable } from './metered-table.ts'
import { AT, additionsOf, bookers, CLUSTER, FIRST_HOUR, type Fleet } from './write-units.ts'

interface Units {
  readonly writeUnits: number
  readonly readUnits: number
}

/** What it takes to close a window, on average of an hour's. */
export interface CloseUnits {
  readonly once: Units
  readonly perService: Units
  /** A look that finds no window due: each pass of the tick takes one, and each event the half of it. */
  readonly look: Units
}

/** Hours that a rolling day reaches back over. */
const HOURS = 26
const LEDGER_DAYS = 90

/**
 * Closes the 60 windows of an hour with close-windows' own code, on tables that count. Each service has a week behind it, and in each hour and
 * partition a row as large as such a row is at its hour's end; nothing is out of the ordinary, so every judgement is written and no event is.
 */
export async function countCloses(fleet: Fleet): Promise<CloseUnits> {
  const [one, two] = [await closeHour(fleet, 1), await closeHour(fleet, 2)]
  const perService = minus(two.closes, one.closes)
  return { once: minus(one.closes, perService), perService, look: one.look }
}

const minus = (a: Units, b: Units): Units => ({
  writeUnits: a.writeUnits - b.writeUnits,
  readUnits: a.readUnits - b.readUnits,
})

/** What closes take a window, and a look that finds none due, of a fleet of so many services on one table. */
export async function closeHour(
  fleet: Fleet,
  services: number,
  table: MeteredTable = meteredTable(),
): Promise<{ readonly closes: Units; readonly look: Units }> {
  const names = await fillLedger(table, fleet, services)
  const budgets = connectBudgets(table.client, LOCAL_TABLES.BUDGETS_TABLE)
  for (const service of names) {
    await budgets.registerService(service)
    const aged = agedState(service)
    await budgets.writeState({ ...aged, version: 0 }, { ...aged, version: 1 })
  }
  const first = firstMinuteOf(FIRST_HOUR)
  await budgets.finishWindow((first - 1) as Minute)
  const close = closeDueWindows({
    budgets,
    ledger: connectLedger(table.client, LOCAL_TABLES.LEDGER_TABLE, LEDGER_DAYS),
    readBook: async () => priceBookOfBench,
    configuration: configurationSchema.parse({}),
  })

  const before = { ...table.metered }
  let at = AT
  for (let minute = 0; minute < MINUTES_PER_HOUR; minute += 1) {
    const end = startOfMinute((first + minute + 1) as Minute)
    at = (end + GRACE_MS + 1) as EpochMs
    const closed = await close(readToTheEnd(fleet.partitions, at), at)
    if (closed.length !== 1) throw new Error(`${closed.length} windows were closed instead of one`)
  }
  const closed = { ...table.metered }
  await budgets.readProgress()
  await close(readToTheEnd(fleet.partitions, at), at)
  const share = (units: number): number => units / MINUTES_PER_HOUR
  return {
    closes: {
      writeUnits: share(closed.writeUnits - before.writeUnits),
      readUnits: share(closed.readUnits - before.readUnits),
    },
    look: {
      writeUnits: table.metered.writeUnits - closed.writeUnits,
      readUnits: table.metered.readUnits - closed.readUnits,
    },
  }
}

/** Books an hour in one partition and copies its rows into the other partitions and the hours before; answers the services' names. */
async function fillLedger(table: MeteredTable, fleet: Fleet, services: number): Promise<readonly string[]> {
  const records = fleetRecords({ ...fleet, services }, 1, AT)
  const spansAMinute = (fleet.spansPerSecond * 60 * services) / fleet.partitions / fleet.services
  const times = BigInt(Math.max(1, Math.round(spansAMinute / fleet.spansPerRecord)))
  const additions = additionsOf(records, times)
  const book = bookers(table, 1)
  for (let minute = 0; minute < MINUTES_PER_HOUR; minute += 1) await book(additions, minute, 0)
  const booked = [...table.items()].filter(({ row }) => row?.S?.startsWith(hourPrefix(FIRST_HOUR)))
  for (let hour = FIRST_HOUR - HOURS; hour <= FIRST_HOUR; hour += 1) {
    for (let partition = 0; partition < fleet.partitions; partition += 1) {
      for (const item of booked) {
        const commit = item.row?.S?.slice(hourPrefix(FIRST_HOUR).length).split('#')[0]
        const row = `${hourPrefix(hour as Hour)}${commit}#${CLUSTER}.${partition}`
        await table.put(LOCAL_TABLES.LEDGER_TABLE, { ...item, row: { S: row } })
      }
    }
  }
  return booked.flatMap(({ service }) => (service?.S === undefined || service.S.startsWith('#') ? [] : [service.S]))
}

const readToTheEnd = (partitions: number, at: EpochMs): readonly PartitionProgress[] =>
  Array.from({ length: partitions }, (_, partition) => {
    const shard = `${CLUSTER}.${partition}`
    const report = { shard, nextOffset: 1e9, newestTimestampMs: at, caughtUp: true }
    return { shard, openSinceMs: undefined, report, reportedAtMs: at }
  })
