import { SMOKE_SERVICE } from '../identity/smoke-service.ts'
import { formatUsd } from '../money/picodollars.ts'
import { AHEAD_MAX_MS } from '../otlp/span-fields.ts'
import { type EpochMs, formatHour, type Hour, startOfHour } from '../time/instants.ts'
import type { LedgerRow } from './row.ts'
import type { TopicSums } from './topic-sums.ts'

/** What the ledger says of one service and hour, and the topic where it can be read. */
export interface AuditLine {
  readonly service: string
  /** `2026-11-23T08` */
  readonly hour: string
  /** Spans received, by what became of them. */
  readonly booked: number
  readonly parked: number
  readonly uncharged: number
  readonly usdByMinute: string
  readonly usdByOperation: string
  /** Spans of the topic that can be decoded; null where the topic was not read. */
  readonly inTopic: number | null
}

/** An identity that does not hold. */
interface Violation {
  /** `money`: by minute and by operation. `spans`: ledger and topic. `letters`: dead spans of the topic and of the letters. */
  readonly identity: 'money' | 'spans' | 'letters'
  readonly what: string
}

/** Records in = booked + uncharged + parked + dead + copies; money by minute = money by operation. */
export interface AuditReport {
  /** Services and hours that were compared. */
  readonly checked: number
  readonly spans: { readonly booked: number; readonly parked: number; readonly uncharged: number }
  /** Null where the topic was not read. */
  readonly topic: TopicFigures | null
  readonly violations: readonly Violation[]
  /** The first ones by service and hour. */
  readonly lines: readonly AuditLine[]
}

interface TopicFigures {
  readonly records: number
  readonly spans: number
  /** Spans that died; redriven ones that died again. */
  readonly dead: number
  readonly diedAgain: number
  /** Spans of redriven records that came before: the fence refuses them. */
  readonly copies: number
  /** Spans that the dead letters hold, those put aside included. */
  readonly inLetters: number
  /** False: the topic has let go of records that may have had spans of these hours, and the ledger may hold more than it. */
  readonly isWhole: boolean
}

/** The topic, and the spans that its dead letters hold. */
export interface AuditedTopic {
  /** What was finished with before the ledger was read: it must be there. */
  readonly least: TopicSums
  /** All that was in the topic after that: no more may be there. */
  readonly most: TopicSums
  readonly inLetters: number
}

/** Violations that are told one by one; a ledger with more of them needs no list. */
const VIOLATIONS_MAX = 1000

/**
 * No record with an older Kafka timestamp has a span in these hours: spans end at most 5 minutes after it, or they are dead.
 * Records of later hours may: spans come up to a week late.
 */
export function recordsSince(hours: readonly Hour[]): EpochMs {
  const first = Math.min(...hours) as Hour
  return (startOfHour(first) - AHEAD_MAX_MS) as EpochMs
}

/** Checks the rows of these hours, each service's together, and with the topic where it was read; tells `limit` lines. */
export function auditLedger(
  rows: readonly LedgerRow[],
  hours: readonly Hour[],
  topic: AuditedTopic | undefined,
  limit: number,
): AuditReport {
  const tallies = talliesOf(rows, hours)
  const own = reportOf(tallies.map(lineOf), tallies.flatMap(moneyViolation), null)
  const report = topic === undefined ? own : auditWithTopic(own, hours, topic)
  return { ...report, lines: report.lines.slice(0, limit) }
}

/**
 * Checks a report that has the lines of all services of these hours against the topic. The topic counts where it has spans
 * of the same hours.
 */
export function auditWithTopic(report: AuditReport, hours: readonly Hour[], topic: AuditedTopic): AuditReport {
  const least = spansByLine(topic.least, hours)
  const most = topic.most.isWhole ? spansByLine(topic.most, hours) : undefined
  const lines = new Map(report.lines.map((line) => [keyOf(line.service, line.hour), { ...line, inTopic: 0 }]))
  for (const spans of [least, most ?? new Map()]) {
    for (const [key, { service, hour }] of spans) if (!lines.has(key)) lines.set(key, emptyLine(service, hour))
  }
  const compared = [...lines].map(([key, line]) => ({ ...line, inTopic: least.get(key)?.spans ?? 0 }))
  const violations = compared.flatMap((line) => {
    const mostSpans =
      most === undefined ? Number.POSITIVE_INFINITY : (most.get(keyOf(line.service, line.hour))?.spans ?? 0)
    return spansViolation(line, mostSpans)
  })
  const all = [...report.violations, ...violations, ...lettersViolation(topic)]
  return reportOf(compared, all, figuresOf(topic))
}

function reportOf(
  lines: readonly AuditLine[],
  violations: readonly Violation[],
  topic: TopicFigures | null,
): AuditReport {
  const total = (of: (line: AuditLine) => number): number => lines.reduce((sum, line) => sum + of(line), 0)
  return {
    checked: lines.length,
    spans: {
      booked: total(({ booked }) => booked),
      parked: total(({ parked }) => parked),
      uncharged: total(({ uncharged }) => uncharged),
    },
    topic,
    violations: violations.slice(0, VIOLATIONS_MAX),
    lines: lines.toSorted((a, b) => (keyOf(a.service, a.hour) < keyOf(b.service, b.hour) ? -1 : 1)),
  }
}

const keyOf = (service: string, hour: string): string => `${service}\n${hour}`

const emptyLine = (service: string, hour: string) => ({
  ...{ service, hour, booked: 0, parked: 0, uncharged: 0, inTopic: 0 },
  ...{ usdByMinute: '0', usdByOperation: '0' },
})

function spansByLine({ counted }: TopicSums, hours: readonly Hour[]) {
  const wanted = new Set(hours)
  const within = counted.filter(({ hour }) => wanted.has(hour))
  return new Map(
    within.map(({ service, hour, spans }) => {
      const written = formatHour(hour)
      return [keyOf(service, written), { service, hour: written, spans }]
    }),
  )
}

interface Tally {
  readonly service: string
  readonly hour: Hour
  booked: number
  parked: number
  uncharged: number
  byMinute: bigint
  byOperation: bigint
  /** Rows of which alone minutes and operations differ: two such rows must not hide each other. */
  drifted: number
}

function talliesOf(rows: readonly LedgerRow[], hours: readonly Hour[]): readonly Tally[] {
  const wanted = new Set(hours)
  const tallies = new Map<string, Tally>()
  for (const row of rows) {
    if (!wanted.has(row.hour)) continue
    const { service, hour } = row
    const key = `${service}\n${hour}`
    const zero = { booked: 0, parked: 0, uncharged: 0, byMinute: 0n, byOperation: 0n, drifted: 0 }
    const tally = tallies.get(key) ?? { service, hour, ...zero }
    tallies.set(key, tally)
    addRow(tally, row)
  }
  return [...tallies.values()]
}

function addRow(tally: Tally, { minutes, operations, outcomes }: LedgerRow): void {
  const byMinute = minutes.reduce((sum, { cost }) => sum + cost, 0n)
  const byOperation = operations.reduce((sum, { cost }) => sum + cost, 0n)
  tally.byMinute += byMinute
  tally.byOperation += byOperation
  if (byMinute !== byOperation) tally.drifted += 1
  for (const { outcome, spans } of outcomes) {
    if (outcome === 'booked') tally.booked += spans
    else if (outcome === 'parked') tally.parked += spans
    else tally.uncharged += spans
  }
}

function moneyViolation({ service, hour, byMinute, byOperation, drifted }: Tally): readonly Violation[] {
  if (drifted === 0) return []
  const sums = `${formatUsd(byMinute)} USD by minute, ${formatUsd(byOperation)} by operation`
  return [{ identity: 'money', what: `${service}, ${formatHour(hour)}: ${sums} (${drifted} rows differ)` }]
}

/**
 * No fewer than were finished with before the ledger was read, and no more than `most`, which were there after that. The
 * rows of `tollgate smoke` may be fewer: it removes them when it is done, and its spans stay in the topic.
 */
function spansViolation(line: AuditLine, most: number): readonly Violation[] {
  const { service, hour, booked, parked, uncharged } = line
  const counted = booked + parked + uncharged
  const least = service === SMOKE_SERVICE ? 0 : (line.inTopic ?? 0)
  if (counted >= least && counted <= most) return []
  const expected = counted > most ? most : least
  return [{ identity: 'spans', what: `${service}, ${hour}: ${counted} spans in the ledger, ${expected} in the topic` }]
}

function lettersViolation({ least, most, inLetters }: AuditedTopic): readonly Violation[] {
  if (inLetters >= least.dead && (inLetters <= most.dead || !most.isWhole)) return []
  const dead = inLetters < least.dead ? least.dead : most.dead
  return [{ identity: 'letters', what: `${dead} dead spans in the topic, ${inLetters} in the dead letters` }]
}

const figuresOf = ({ least, inLetters }: AuditedTopic): TopicFigures => ({
  records: least.records,
  spans: least.spans,
  dead: least.dead,
  diedAgain: least.diedAgain,
  copies: least.copies,
  inLetters,
  isWhole: least.isWhole,
})

function lineOf({ service, hour, booked, parked, uncharged, byMinute, byOperation }: Tally): AuditLine {
  return {
    ...{ service, hour: formatHour(hour), booked, parked, uncharged, inTopic: null },
    usdByMinute: formatUsd(byMinute),
    usdByOperation: formatUsd(byOperation),
  }
}
