import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import type { AuditLine, AuditReport } from '../../layers/core/ledger/audit.ts'
import { parseUsd } from '../../layers/core/money/picodollars.ts'
import { counted } from '../counted.ts'
import { printable, wrapped } from '../explain/wrapped.ts'
import { type Column, drawColumns } from '../top/columns.ts'
import { roundedUsd } from '../top/figures.ts'

const count = (n: number): string => n.toLocaleString('en')

/**
 * The audit as a page: a line for each service and hour, at most `width` characters, the topic where it was read, and the verdict. Its
 * sums and violations are whole sentences of at most 80; exact amounts, and names that are longer than the page, are in `--json`.
 */
export function drawAudit({ checked, spans, topic, violations, lines }: AuditReport, width: number): string {
  const total = `${count(spans.booked)} booked, ${count(spans.parked)} parked, ${count(spans.uncharged)} uncharged`
  return [
    ...(lines.length === 0 ? [] : drawLines(lines, topic !== null, width)),
    ...(lines.length < checked ? [`... and ${counted(checked - lines.length, 'line')} more`] : []),
    ...wrapped('', `In all: ${total}`),
    ...(topic === null ? ['The topic was not read: the ledger is checked against itself.'] : topicLines(topic)),
    ...violations.flatMap(({ identity, what }) => wrapped(`VIOLATED ${identity}: `, printable(what))),
    violations.length === 0 ? 'Every identity holds.' : `${brokenIdentities(violations.length)}.`,
    '',
  ].join('\n')
}

/** So many are violated, as part of a sentence. */
export const brokenIdentities = (violations: number): string =>
  violations === 1 ? '1 identity does not hold' : `${count(violations)} identities do not hold`

const NUMBER = { align: 'right', width: 15 } as const

/** One hour is named above the table; more have a column. */
function drawLines(lines: readonly AuditLine[], isTopicRead: boolean, width: number): readonly string[] {
  const hours = new Set(lines.map(({ hour }) => hour))
  const hasHours = hours.size > 1
  const columns: readonly Column[] = [
    { title: 'SERVICE', align: 'left', width: undefined },
    ...(hasHours ? [{ title: 'HOUR', align: 'left', width: 13 } as const] : []),
    { title: 'BOOKED', ...NUMBER },
    { title: 'PARKED', ...NUMBER },
    { title: 'UNCHARGED', ...NUMBER },
    ...(isTopicRead ? [{ title: 'IN TOPIC', ...NUMBER }] : []),
    { title: 'USD', ...NUMBER },
  ]
  const rows = lines.map((line) => [
    line.service,
    ...(hasHours ? [line.hour] : []),
    ...[line.booked, line.parked, line.uncharged].map(count),
    ...(isTopicRead ? [`${count(line.inTopic ?? 0)}${isRemoved(line) ? '*' : ''}`] : []),
    roundedUsd(parseUsd(line.usdByMinute)),
  ])
  return [
    ...(hasHours ? [] : [`Hour ${lines[0]?.hour}, UTC`]),
    ...drawColumns(columns, rows, width),
    ...(lines.some(isRemoved) ? ['* its spans stay in the topic: `tollgate smoke` removes its rows'] : []),
    '',
  ]
}

const isRemoved = ({ service, booked, parked, uncharged, inTopic }: AuditLine): boolean =>
  service === SMOKE_SERVICE && inTopic !== null && inTopic !== booked + parked + uncharged

function topicLines(topic: NonNullable<AuditReport['topic']>): readonly string[] {
  const { records, spans, dead, diedAgain, copies, inLetters, isWhole } = topic
  const booked = spans - dead - diedAgain - copies
  const parts = `${count(booked)} counted + ${count(dead)} dead + ${count(diedAgain)} died again + ${count(copies)} copies`
  return [
    `Topic: ${counted(records, 'record')}, ${counted(spans, 'span')}`,
    ...wrapped('  = ', parts),
    `Dead letters: ${counted(inLetters, 'span')}`,
    ...(isWhole ? [] : ['The topic has let go of records of these hours: the ledger may hold more.']),
  ]
}
