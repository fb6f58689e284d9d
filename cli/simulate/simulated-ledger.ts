import type { FrontDoorRow, LedgerRow, ParkedRow, RowKey } from '../../layers/core/ledger/row.ts'
import type { Picodollars } from '../../layers/core/money/picodollars.ts'
import { type EpochMs, type Hour, hourOf, minuteInHour, minuteOf } from '../../layers/core/time/instants.ts'
import { quantityOf, SIMULATED_SKU } from './simulated-prices.ts'
import { OPERATIONS, SERVICE } from './simulated-service.ts'

/** What is booked of some requests of one second. */
interface Booking {
  /** When their spans ended, by their hosts' clocks. */
  readonly endMs: EpochMs
  readonly commit: string
  /** Entry requests and their cost in picodollars, by operation as in OPERATIONS. */
  readonly requests: readonly number[]
  readonly cost: readonly number[]
}

interface Cell {
  readonly minute: number
  cost: Picodollars
  entryRequests: number
}

interface Row extends RowKey {
  readonly minutes: Cell[]
  readonly operations: { readonly operation: string; cost: Picodollars; spans: number }[]
}

/** The ledger of one simulated service, in memory, as the close reads it. */
export interface SimulatedLedger {
  /** Books spend, or, while its price is stale, parks the usage. */
  book(booking: Booking, isPriced: boolean): void
  /** Front-door requests of the environment that ended then. */
  bookFrontDoor(endMs: EpochMs, requests: number): void
  /** What was parked has a price now. */
  settle(): void
  readHours(service: string, hours: readonly Hour[]): Promise<{ rows: LedgerRow[]; parked: ParkedRow[] }>
  readFrontDoor(environment: string, hours: readonly Hour[]): Promise<FrontDoorRow[]>
  /** Another ledger with the same rows of these last hours. */
  copy(from: Hour): SimulatedLedger
}

/** What waits for a price of one minute of one row; cost by operation. */
interface Parked {
  readonly hour: Hour
  readonly commit: string
  readonly minute: number
  readonly cost: number[]
  spans: number
}

/** Rows by hour and commit, parked ones by minute too; front-door requests by hour and minute. */
interface Kept {
  readonly rows: Map<string, Row>
  readonly parked: Map<string, Parked>
  readonly frontDoor: Map<Hour, Map<number, number>>
}

const SHARD = 'simulated.0'
const FENCE = { offset: 0, timestampMs: 0 as EpochMs }

export function createLedger(
  kept: Kept = { rows: new Map(), parked: new Map(), frontDoor: new Map() },
): SimulatedLedger {
  return {
    book: (booking, isPriced) => {
      const minute = minuteInHour(minuteOf(booking.endMs))
      const row = rowOf(kept, hourOf(booking.endMs), booking.commit)
      addRequests(row, minute, booking)
      if (isPriced) addCost(row, minute, booking.cost)
      else park(kept, row, minute, booking)
    },
    bookFrontDoor: (endMs, requests) => {
      const minutes = kept.frontDoor.get(hourOf(endMs)) ?? new Map<number, number>()
      const minute = minuteInHour(minuteOf(endMs))
      minutes.set(minute, (minutes.get(minute) ?? 0) + requests)
      kept.frontDoor.set(hourOf(endMs), minutes)
    },
    settle: () => {
      for (const { hour, commit, minute, cost } of kept.parked.values())
        addCost(rowOf(kept, hour, commit), minute, cost)
      kept.parked.clear()
    },
    readHours: async (_, hours) => ({
      rows: [...kept.rows.values()]
        .filter(({ hour }) => hours.includes(hour))
        .map((row) => ({ ...row, fence: FENCE, usage: [], outcomes: [] })),
      parked: parkedRows(kept, hours),
    }),
    readFrontDoor: async (environment, hours) =>
      hours.map((hour) => ({
        environment,
        hour,
        minutes: [...(kept.frontDoor.get(hour) ?? [])].map(([minute, requests]) => ({ minute, requests })),
      })),
    copy: (from) => createLedger(structuredClone(since(kept, from))),
  }
}

function rowOf(kept: Kept, hour: Hour, commit: string): Row {
  const name = `${hour}#${commit}`
  const row = kept.rows.get(name) ?? {
    service: SERVICE,
    hour,
    commit,
    shard: SHARD,
    minutes: [],
    operations: OPERATIONS.map((operation) => ({ operation: operation.name, cost: 0n as Picodollars, spans: 0 })),
  }
  kept.rows.set(name, row)
  return row
}

function addRequests(row: Row, minute: number, booking: Booking): void {
  const cell = cellOf(row, minute)
  booking.requests.forEach((requests, place) => {
    cell.entryRequests += requests
    const operation = row.operations[place]
    if (operation !== undefined) operation.spans += requests
  })
}

function addCost(row: Row, minute: number, cost: readonly number[]): void {
  const cell = cellOf(row, minute)
  cost.forEach((amount, place) => {
    const picodollars = BigInt(Math.round(amount))
    cell.cost = (cell.cost + picodollars) as Picodollars
    const operation = row.operations[place]
    if (operation !== undefined) operation.cost = (operation.cost + picodollars) as Picodollars
  })
}

function cellOf(row: Row, minute: number): Cell {
  // Most bookings go to the newest minute.
  const found = row.minutes.findLast((cell) => cell.minute === minute)
  if (found !== undefined) return found
  const cell = { minute, cost: 0n as Picodollars, entryRequests: 0 }
  row.minutes.push(cell)
  return cell
}

function park({ parked }: Kept, { hour, commit }: Row, minute: number, { cost, requests }: Booking): void {
  const name = `${hour}#${commit}#${minute}`
  const row = parked.get(name) ?? { hour, commit, minute, cost: cost.map(() => 0), spans: 0 }
  cost.forEach((amount, place) => {
    row.cost[place] = (row.cost[place] ?? 0) + amount
  })
  for (const count of requests) row.spans += count
  parked.set(name, row)
}

const parkedRows = ({ parked }: Kept, hours: readonly Hour[]): ParkedRow[] =>
  [...parked.values()]
    .filter(({ hour }) => hours.includes(hour))
    .map(({ hour, commit, minute, cost, spans }) => ({
      service: SERVICE,
      hour,
      commit,
      shard: SHARD,
      minute,
      fence: FENCE,
      usage: [{ operation: '*', sku: SIMULATED_SKU, quantity: quantityOf(total(cost)), spans }],
    }))

const total = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0)

function since({ rows, parked, frontDoor }: Kept, from: Hour): Kept {
  return {
    rows: new Map([...rows].filter(([, { hour }]) => hour >= from)),
    parked,
    frontDoor: new Map([...frontDoor].filter(([hour]) => hour >= from)),
  }
}
