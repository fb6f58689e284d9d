import pMap from 'p-map'
import * as z from 'zod'
import type { DailyRows } from '../../layers/adapters/ledger-days.ts'
import { type DailyRow, rollUpDay } from '../../layers/core/ledger/daily-row.ts'
import { encodeTotals } from '../../layers/core/ledger/daily-row-codec.ts'
import { driftOf } from '../../layers/core/ledger/identities.ts'
import type { LedgerRow } from '../../layers/core/ledger/row.ts'
import { type Day, dayOf, formatDay, hoursOfDay, parseDay } from '../../layers/core/time/days.ts'
import type { EpochMs, Hour } from '../../layers/core/time/instants.ts'

/** What roll-up-days asks of the world. */
export interface RollUpDaysPorts {
  readonly now: () => EpochMs
  /** How long hourly rows live, days: a day of which some are gone would be rolled up to less than it was. */
  readonly ledgerDays: number
  /** Every service that may have spent something in the last days. */
  readonly readServices: () => Promise<readonly string[]>
  readonly readHours: (service: string, hours: readonly Hour[]) => Promise<{ readonly rows: readonly LedgerRow[] }>
  readonly days: DailyRows
  readonly observe: (run: RollUpRun) => void
}

/** What one run did. */
export interface RollUpRun {
  /** `2026-11-16`, first and last, both included; a night looks at some older days too. */
  readonly from: string
  readonly to: string
  readonly services: number
  /** Daily rows that changed. */
  readonly written: number
  /** Hourly rows whose minutes and operations do not sum to the same money: there must be none. */
  readonly drifted: number
  /** Services that could not be rolled up. */
  readonly failed: number
  /** The time was up before all was done: the next run goes on. */
  readonly cut: boolean
}

/** The event is neither the schedule's nor a range of days that can be rolled up. */
class NotARollUpEvent extends Error {
  override readonly name = 'NotARollUpEvent'
  constructor(oldest: Day) {
    super(
      'roll-up-days takes the events of its schedule, {}, or days: {"from": "2026-11-01", "to": "2026-11-03"}, ' +
        `none before ${formatDay(oldest)}: hourly rows of earlier days are gone`,
    )
  }
}

/** Services that could not be rolled up; the others are. */
class DaysNotRolledUp extends Error {
  override readonly name = 'DaysNotRolledUp'
  constructor(services: number, cause: unknown) {
    super(`${services} services could not be rolled up; the next nights roll the same days up again`, { cause })
  }
}

const day = z.string().transform((text, context): Day => {
  const parsed = parseDay(text)
  if (parsed !== undefined) return parsed
  context.addIssue('write a day as 2026-11-23')
  return z.NEVER
})

const eventSchema = z.union([
  z.strictObject({ from: day, to: day }),
  z.object({ source: z.enum(['aws.events', 'aws.scheduler']) }),
  z.strictObject({}),
])

/** Spans arrive up to 7 days late (otlp/decode), so yesterday and the 7 days before it may have changed. */
const DAYS_BACK = 8
/** What was parked may be settled, and dead letters redriven, much later: each older day is looked at again every so many nights. */
const LOOK_AGAIN_AFTER = 14
const SERVICES_AT_ONCE = 4

/** Days one after the other, both ends included. */
interface Stretch {
  readonly first: Day
  readonly last: Day
}

/** Days to roll up, for the services after this one. */
interface Work {
  readonly stretches: readonly Stretch[]
  readonly after: string
}

interface Tally {
  services: number
  written: number
  drifted: number
  cut: boolean
  after: string
  readonly failures: unknown[]
}

/**
 * Rolls hourly rows up into one row a day, service and commit. Each hour's event goes on with the night where the last one
 * stopped and does nothing once it is done; an event with days rolls those up. What has not changed is not written; what is
 * written is set, so any number of runs may overlap or break off. `isLate` answers true when the time is up.
 * @throws NotARollUpEvent, DaysNotRolledUp, and what the tables throw
 */
export function rollUpDays(ports: RollUpDaysPorts) {
  return async (event: unknown, isLate: () => boolean): Promise<RollUpRun> => {
    const parsed = eventSchema.safeParse(event)
    const today = dayOf(ports.now())
    const oldest = (today - ports.ledgerDays + 1) as Day
    if (!parsed.success) throw new NotARollUpEvent(oldest)
    if (!('from' in parsed.data)) return rollUpNight(ports, today, oldest, isLate)
    const { from: first, to: last } = parsed.data
    if (first > last || first < oldest) throw new NotARollUpEvent(oldest)
    return finish(ports, { first, last }, await rollUp(ports, { stretches: [{ first, last }], after: '' }, isLate))
  }
}

/** A service that fails is passed over: its days are rolled up again in the nights to come. */
async function rollUpNight(ports: RollUpDaysPorts, night: Day, oldest: Day, isLate: () => boolean): Promise<RollUpRun> {
  const days = { first: Math.max(night - DAYS_BACK, oldest) as Day, last: (night - 1) as Day }
  const cursor = await ports.days.readCursor()
  const isTonight = cursor?.night === night
  if (isTonight && cursor.done) return finish(ports, days, emptyTally())
  const stretches = [...olderDays(night, oldest), days]
  const tally = await rollUp(ports, { stretches, after: isTonight ? cursor.after : '' }, isLate, (after) =>
    ports.days.setCursor({ night, after, done: false }),
  )
  if (!tally.cut) await ports.days.setCursor({ night, after: tally.after, done: true })
  return finish(ports, days, tally)
}

/** The older days of which it is the night, the oldest one always: its hourly rows are gone tomorrow. */
function olderDays(night: Day, oldest: Day): readonly Stretch[] {
  const stretches: Stretch[] = []
  for (let day = oldest; day < night - DAYS_BACK; day = (day + 1) as Day) {
    if (day === oldest || (night - day) % LOOK_AGAIN_AFTER === 0) stretches.push({ first: day, last: day })
  }
  return stretches
}

const emptyTally = (): Tally => ({ services: 0, written: 0, drifted: 0, cut: false, after: '', failures: [] })

/** Some services at a time, by name, so that `passed` can say which are done. */
async function rollUp(
  ports: RollUpDaysPorts,
  { stretches, after }: Work,
  isLate: () => boolean,
  passed: (after: string) => Promise<void> = async () => {},
): Promise<Tally> {
  const tally = { ...emptyTally(), after }
  const services = [...new Set(await ports.readServices())].filter((service) => service > after).sort()
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    if (isLate()) {
      tally.cut = true
      return tally
    }
    const some = services.slice(at, at + SERVICES_AT_ONCE)
    await pMap(some, (service) => rollUpService(ports, service, stretches, tally))
    tally.after = some.at(-1) ?? tally.after
    await passed(tally.after)
  }
  return tally
}

async function rollUpService(
  ports: RollUpDaysPorts,
  service: string,
  stretches: readonly Stretch[],
  tally: Tally,
): Promise<void> {
  tally.services += 1
  try {
    for (const stretch of stretches) await rollUpStretch(ports, service, stretch, tally)
  } catch (error) {
    tally.failures.push(error)
  }
}

async function rollUpStretch(
  { readHours, days }: RollUpDaysPorts,
  service: string,
  { first, last }: Stretch,
  tally: Tally,
): Promise<void> {
  const stored = new Map((await days.readDays(service, first, last)).map((row) => [nameOf(row), encodeTotals(row)]))
  for (let day = first; day <= last; day = (day + 1) as Day) {
    const { rows } = await readHours(service, hoursOfDay(day))
    tally.drifted += rows.filter((row) => driftOf(row) !== 0n).length
    for (const row of rollUpDay(service, day, rows)) {
      if (stored.get(nameOf(row)) === encodeTotals(row)) continue
      await days.setDay(row)
      tally.written += 1
    }
  }
}

const nameOf = ({ day, commit }: DailyRow): string => `${day} ${commit}`

function finish(ports: RollUpDaysPorts, { first, last }: Stretch, tally: Tally): RollUpRun {
  const { services, written, drifted, cut, failures } = tally
  const run = { from: formatDay(first), to: formatDay(last), services, written, drifted, cut, failed: failures.length }
  ports.observe(run)
  if (failures.length > 0) throw new DaysNotRolledUp(failures.length, failures[0])
  return run
}
