import { formatUsd } from '../money/picodollars.ts'
import { formatHour, type Hour } from '../time/instants.ts'
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
  /** False: the topic has let go of its oldest records, and the ledger may hold more than it. */
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

/** Checks the rows of these hours, each service's together. The topic counts where it has spans of the same hours. */
export function auditLedger(
  rows: readonly LedgerRow[],
  hours: readonly Hour[],
  topic: AuditedTopic | undefined,
  limit: number,
): AuditReport {
  const tallies = talliesOf(rows, hours, topic)
  const violations = tallies.flatMap(violationsOf)
  const lines = tallies.map(lineOf)
  const total = (of: (line: AuditLine) => number): number => lines.reduce((sum, line) => sum + of(line), 0)
  return {
    checked: lines.length,
    spans: {
      booked: total(({ booked }) => booked),
      parked: total(({ parked }) => parked),
      uncharged: total(({ uncharged }) => uncharged),
    },
    topic: topic === undefined ? null : figuresOf(topic),
    violations: [...violations, ...lettersViolation(topic)].slice(0, VIOLATIONS_MAX),
    lines: lines.slice(0, limit),
  }
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
  inTopic: number | null
  /** No more than so many may be counted. */
  most: number
}

function talliesOf(
  rows: readonly LedgerRow[],
  hours: readonly Hour[],
  topic: AuditedTopic | undefined,
): readonly Tally[] {
  const wanted = new Set(hours)
  const tallies = new Map<string, Tally>()
  const most = topic?.most.isWhole ? 0 : Number.POSITIVE_INFINITY
  const tallyOf = (service: string, hour: Hour): Tally => {
    const key = `${service}\n${hour}`
    const zero = { booked: 0, parked: 0, uncharged: 0, byMinute: 0n, byOperation: 0n, drifted: 0 }
    const tally = tallies.get(key) ?? { service, hour, ...zero, inTopic: topic === undefined ? null : 0, most }
    tallies.set(key, tally)
    return tally
  }
  for (const row of rows) if (wanted.has(row.hour)) addRow(tallyOf(row.service, row.hour), row)
  for (const { service, hour, spans } of topic?.least.counted ?? []) {
    if (wanted.has(hour)) tallyOf(service, hour).inTopic = spans
  }
  for (const { service, hour, spans } of topic?.most.isWhole ? topic.most.counted : []) {
    if (wanted.has(hour)) tallyOf(service, hour).most = spans
  }
  return [...tallies.values()].sort((a, b) =>
    a.service === b.service ? a.hour - b.hour : a.service < b.service ? -1 : 1,
  )
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

function violationsOf(tally: Tally): readonly Violation[] {
  const where = `${tally.service}, ${formatHour(tally.hour)}`
  const violations: Violation[] = []
  if (tally.drifted > 0) {
    const sums = `${formatUsd(tally.byMinute)} USD by minute, ${formatUsd(tally.byOperation)} by operation`
    violations.push({ identity: 'money', what: `${where}: ${sums} (${tally.drifted} rows differ)` })
  }
  const counted = tally.booked + tally.parked + tally.uncharged
  if (counted < (tally.inTopic ?? 0) || counted > tally.most) {
    const expected = counted > tally.most ? tally.most : tally.inTopic
    violations.push({ identity: 'spans', what: `${where}: ${counted} spans in the ledger, ${expected} in the topic` })
  }
  return violations
}

function lettersViolation(topic: AuditedTopic | undefined): readonly Violation[] {
  if (topic === undefined) return []
  const { least, most, inLetters } = topic
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

function lineOf({ service, hour, booked, parked, uncharged, byMinute, byOperation, inTopic }: Tally): AuditLine {
  return {
    ...{ service, hour: formatHour(hour), booked, parked, uncharged, inTopic },
    usdByMinute: formatUsd(byMinute),
    usdByOperation: formatUsd(byOperation),
  }
}
