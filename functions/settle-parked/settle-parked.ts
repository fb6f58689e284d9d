import pMap from 'p-map'
import * as z from 'zod'
import type { ParkedCursor, ParkedRows, SettledRow } from '../../layers/adapters/ledger-parked.ts'
import { bucketsOf, type ParkedQueue } from '../../layers/core/ledger/parked-queue.ts'
import type { RowPlace } from '../../layers/core/ledger/row-name.ts'
import { formatUsd } from '../../layers/core/money/picodollars.ts'
import type { Price, PriceBook } from '../../layers/core/prices/price.ts'
import type { Sku } from '../../layers/core/rating/usage.ts'
import { type EpochMs, MS_PER_HOUR } from '../../layers/core/time/instants.ts'

/** What settle-parked asks of the world. */
export interface SettleParkedPorts {
  readonly now: () => EpochMs
  readonly readBook: () => Promise<PriceBook>
  readonly parked: ParkedRows
  readonly observe: (run: SettlingRun) => void
}

/** What one run did. */
export interface SettlingRun {
  /** Rows looked at. */
  readonly rows: number
  /** Spans received that are booked now. */
  readonly spans: number
  /** What was booked, an exact decimal string. */
  readonly usd: string
  /** Rows with usage that goes on waiting. */
  readonly left: number
  readonly failed: number
  /** The time was up before all was looked at: the next run goes on from there. */
  readonly cut: boolean
}

/** The event came from something else than the schedule. */
export class NotASettlingEvent extends Error {
  override readonly name = 'NotASettlingEvent'
  constructor() {
    super('settle-parked takes the events of its schedule ("source": "aws.events" or "aws.scheduler"), or {} by hand')
  }
}

/** Rows that could not be settled; they stay listed, and the next run tries them again. */
export class RowsNotSettled extends Error {
  override readonly name = 'RowsNotSettled'
  constructor(rows: number, cause: unknown) {
    super(`${rows} parked rows could not be settled; the next run tries them again`, { cause })
  }
}

const eventSchema = z.union([z.object({ source: z.enum(['aws.events', 'aws.scheduler']) }), z.strictObject({})])

/** Rows settled side by side. */
const ROWS_AT_ONCE = 16

/** More than so many SKUs are not remembered; the rows left behind are then looked at in each run. */
const AWAITED_SKUS_MAX = 20_000
/** Another instance of the function may have left rows behind that this one has not seen. */
const PASS_AT_LEAST_EVERY_MS = MS_PER_HOUR

/** Where a walk through a queue stopped. */
interface Position {
  readonly bucket: number
  readonly after: ParkedCursor | undefined
}

const START: Position = { bucket: 0, after: undefined }

/**
 * What a warm function remembers, so that usage that waits for ever is not read each minute. Forgetting it is harmless:
 * what was settled is not listed any more, and the first run after that looks at all the rest.
 */
interface Memory {
  /** SKUs that the rows left behind wait for. */
  readonly awaited: Set<Sku>
  /** Where the pass over the rows left behind goes on; undefined while none is due. */
  pass: Position | undefined
  /** When the last pass began. */
  passedAt: EpochMs
}

interface Tally {
  rows: number
  spans: number
  cost: bigint
  left: number
  readonly failures: unknown[]
}

/**
 * Makes the settling of parked usage: what was parked since it last looked, and, once one of the SKUs that the rest waits
 * for has a price, that too. Any number of runs may overlap or break off. `isLate` answers true when the time is up.
 * @throws NotASettlingEvent, RowsNotSettled when single rows failed, and what the tables throw
 */
export function settleParked(ports: SettleParkedPorts) {
  const memory: Memory = { awaited: new Set(), pass: START, passedAt: ports.now() }
  return async (event: unknown, isLate: () => boolean): Promise<SettlingRun> => {
    if (!eventSchema.safeParse(event).success) throw new NotASettlingEvent()
    const priceOf = pricesOf(await ports.readBook(), ports.now())
    const tally: Tally = { rows: 0, spans: 0, cost: 0n, left: 0, failures: [] }
    const visit = (place: RowPlace) => visitRow(ports, place, priceOf, memory.awaited, tally)
    const stopped = await walk(ports, 'new', START, visit, isLate)
    await passLeft(ports, memory, priceOf, visit, isLate, tally)
    const run = {
      rows: tally.rows,
      spans: tally.spans,
      usd: formatUsd(tally.cost),
      left: tally.left,
      failed: tally.failures.length,
      cut: stopped !== undefined || (memory.pass !== undefined && isLate()),
    }
    ports.observe(run)
    if (run.failed > 0) throw new RowsNotSettled(run.failed, tally.failures[0])
    return run
  }
}

type PriceOf = (sku: Sku) => Price | undefined

/** Prices that hold now: a stale one settles nothing. */
const pricesOf =
  (book: PriceBook, now: EpochMs): PriceOf =>
  (sku) => {
    const answer = book.lookup(sku, now)
    return answer.found ? answer.price : undefined
  }

/** Looks at the rows left behind if one of the prices that they wait for has come, or goes on with an earlier pass. */
async function passLeft(
  ports: SettleParkedPorts,
  memory: Memory,
  priceOf: PriceOf,
  visit: (place: RowPlace) => Promise<void>,
  isLate: () => boolean,
  tally: Tally,
): Promise<void> {
  if (memory.pass === undefined) {
    if (!isPassDue(memory, priceOf, ports.now())) return
    // Each row that is still left names what it waits for again.
    memory.awaited.clear()
    memory.pass = START
    memory.passedAt = ports.now()
  }
  memory.pass = await walk(ports, 'left', memory.pass, visit, isLate)
  if (memory.pass === undefined && tally.failures.length > 0) memory.pass = START
}

function isPassDue({ awaited, passedAt }: Memory, priceOf: PriceOf, now: EpochMs): boolean {
  if (awaited.size >= AWAITED_SKUS_MAX || now - passedAt >= PASS_AT_LEAST_EVERY_MS) return true
  return [...awaited].some((sku) => priceOf(sku) !== undefined)
}

/** Visits the rows of a queue from a position on; answers with where it stopped for lack of time. */
async function walk(
  { parked }: SettleParkedPorts,
  queue: ParkedQueue,
  from: Position,
  visit: (place: RowPlace) => Promise<void>,
  isLate: () => boolean,
): Promise<Position | undefined> {
  let after = from.after
  for (const [at, bucket] of bucketsOf(queue).entries()) {
    if (at < from.bucket) continue
    do {
      if (isLate()) return { bucket: at, after }
      const page = await parked.list(bucket, after)
      await pMap(page.places, visit, { concurrency: ROWS_AT_ONCE })
      after = page.next
    } while (after !== undefined)
  }
  return undefined
}

/** A row that fails does not keep the others from being settled. */
async function visitRow(
  { parked }: SettleParkedPorts,
  place: RowPlace,
  priceOf: PriceOf,
  awaited: Set<Sku>,
  tally: Tally,
): Promise<void> {
  tally.rows += 1
  let settled: SettledRow
  try {
    settled = await parked.settle(place, priceOf)
  } catch (error) {
    tally.failures.push(error)
    return
  }
  tally.spans += settled.spans
  tally.cost += settled.cost
  if (settled.waitsFor.size > 0) tally.left += 1
  for (const sku of settled.waitsFor) {
    if (awaited.size < AWAITED_SKUS_MAX) awaited.add(sku)
  }
}
