import type { LedgerRow, ParkedRow } from '../ledger/row.ts'
import { hoursOf, type TimeRange } from '../ledger/spend-report.ts'
import type { Sku } from '../rating/usage.ts'
import { startOfHour } from '../time/instants.ts'
import { coveredShare } from './covered-share.ts'
import type { Explained } from './explained.ts'
import { meterName } from './meter-name.ts'
import { type Supply, supplyOf } from './missing-attribute.ts'
import { supplyOfPrice } from './missing-price.ts'

/** Spans that one attribute would have metered, and what supplies it. */
export interface MissingAttribute extends Supply {
  readonly attribute: string
  readonly spans: number
}

/** Spans that wait for one price, and the line of configuration that gives it; null where none can. */
export interface MissingPrice {
  readonly sku: Sku
  readonly spans: number
  readonly line: string | null
}

/** What one meter saw of a service. A span with two meters is counted by both. */
interface MeterCoverage {
  readonly meter: string
  /** Spans that it rated; null in a running system, whose ledger counts them by service alone. */
  readonly rated: number | null
  readonly unmetered: number
}

export interface ServiceCoverage {
  readonly service: string
  /** Spans by what became of them, not weighted by sampling. A span that is metered in part is booked. */
  readonly booked: number
  readonly parked: number
  readonly unmetered: number
  readonly inner: number
  readonly noMeter: number
  /** See `coveredShare`. */
  readonly share: number | null
  readonly meters: readonly MeterCoverage[]
  readonly missing: readonly MissingAttribute[]
  readonly waiting: readonly MissingPrice[]
}

/** How much of what should cost something does, by service; those with most gaps first. */
export interface CoverageReport {
  /** Whole hours, ISO 8601; null for a file. */
  readonly from: string | null
  readonly to: string | null
  readonly share: number | null
  readonly services: readonly ServiceCoverage[]
}

/** Counts of one service as they add up. */
interface Tally {
  booked: number
  parked: number
  unmetered: number
  inner: number
  noMeter: number
  /** Spans by meter; undefined where nobody counted them so. */
  readonly rated: Map<string, number> | undefined
  readonly missing: Map<string, number>
  readonly waiting: Map<Sku, number>
}

/**
 * The coverage of a running system, from the ledger rows and parked rows of the hours that hold a range. `priced`: the regions that
 * its book has prices of.
 */
export function coverageOfLedger(
  rows: readonly LedgerRow[],
  parked: readonly ParkedRow[],
  range: TimeRange,
  priced: ReadonlySet<string>,
): CoverageReport {
  const tallies = new Map<string, Tally>()
  for (const { service, outcomes } of rows) {
    const tally = tallyOf(tallies, service, false)
    for (const { outcome, spans } of outcomes) addOutcome(tally, outcome, spans)
  }
  for (const { service, usage } of parked) {
    for (const { sku, spans } of usage) add(tallyOf(tallies, service, false).waiting, sku, spans)
  }
  const hours = hoursOf(range)
  const [first, last] = [hours[0], hours.at(-1)]
  const iso = (hour: typeof first, after: number): string | null =>
    hour === undefined ? null : new Date(startOfHour(hour) + after).toISOString()
  return report(tallies, priced, { from: iso(first, 0), to: iso(last, 3_600_000) })
}

/** The coverage of explained spans, of which dead parts are nobody's. `priced`: the regions that their book has prices of. */
export function coverageOfExplained(explained: readonly Explained[], priced: ReadonlySet<string>): CoverageReport {
  const tallies = new Map<string, Tally>()
  for (const span of explained) {
    if (span.rule.startsWith('dead-letter:')) continue
    const tally = tallyOf(tallies, span.service, true)
    addOutcome(tally, !span.charged ? span.rule : span.parked.length > 0 ? 'parked' : 'booked', 1)
    // What uncharged spans lack, their outcome has told.
    if (span.charged) for (const attribute of span.unmetered) add(tally.missing, attribute, 1)
    for (const { sku } of span.parked) add(tally.waiting, sku, 1)
    const meters = new Set([...span.lines, ...span.parked].map(({ sku }) => meterName(sku)))
    for (const meter of meters) if (tally.rated !== undefined) add(tally.rated, meter, 1)
  }
  return report(tallies, priced, { from: null, to: null })
}

function tallyOf(tallies: Map<string, Tally>, service: string, byMeter: boolean): Tally {
  const known = tallies.get(service)
  if (known !== undefined) return known
  const tally: Tally = {
    booked: 0,
    parked: 0,
    unmetered: 0,
    inner: 0,
    noMeter: 0,
    rated: byMeter ? new Map() : undefined,
    missing: new Map(),
    waiting: new Map(),
  }
  tallies.set(service, tally)
  return tally
}

const UNMETERED = 'unmetered:'

function addOutcome(tally: Tally, outcome: string, spans: number): void {
  if (outcome.startsWith(UNMETERED)) {
    tally.unmetered += spans
    add(tally.missing, outcome.slice(UNMETERED.length), spans)
  } else if (outcome === 'no-meter') tally.noMeter += spans
  else if (outcome === 'booked' || outcome === 'parked' || outcome === 'inner') tally[outcome] += spans
}

function add<K>(counts: Map<K, number>, key: K, spans: number): void {
  counts.set(key, (counts.get(key) ?? 0) + spans)
}

function report(
  tallies: ReadonlyMap<string, Tally>,
  priced: ReadonlySet<string>,
  range: Pick<CoverageReport, 'from' | 'to'>,
): CoverageReport {
  const services = [...tallies].map(([service, tally]) => serviceCoverage(service, tally, priced))
  const booked = services.reduce((sum, one) => sum + one.booked, 0)
  const gaps = services.reduce((sum, one) => sum + gapsOf(one), 0)
  return {
    ...range,
    share: coveredShare(booked, gaps),
    services: services.sort((a, b) => gapsOf(b) - gapsOf(a) || compare(a.service, b.service)),
  }
}

const gapsOf = ({ parked, unmetered }: Pick<ServiceCoverage, 'parked' | 'unmetered'>): number => parked + unmetered

function serviceCoverage(service: string, tally: Tally, priced: ReadonlySet<string>): ServiceCoverage {
  const { booked, parked, unmetered, inner, noMeter } = tally
  const missing = mostFirst(tally.missing).map(([attribute, spans]) => ({ attribute, spans, ...supplyOf(attribute) }))
  const unmeteredBy = new Map<string, number>()
  for (const { meter, spans } of missing) add(unmeteredBy, meter, spans)
  const meters = new Set([...(tally.rated?.keys() ?? []), ...unmeteredBy.keys()])
  return {
    service,
    booked,
    parked,
    unmetered,
    inner,
    noMeter,
    share: coveredShare(booked, parked + unmetered),
    meters: [...meters].sort(compare).map((meter) => ({
      meter,
      rated: tally.rated === undefined ? null : (tally.rated.get(meter) ?? 0),
      unmetered: unmeteredBy.get(meter) ?? 0,
    })),
    missing,
    waiting: mostFirst(tally.waiting).map(([sku, spans]) => ({ sku, spans, line: supplyOfPrice(sku, priced) ?? null })),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const mostFirst = <K extends string>(counts: ReadonlyMap<K, number>): readonly (readonly [K, number])[] =>
  [...counts].sort(([a, spans], [b, more]) => more - spans || compare(a, b))
