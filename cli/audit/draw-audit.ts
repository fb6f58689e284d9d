import { SMOKE_SERVICE } from '../../layers/core/identity/smoke-service.ts'
import type { AuditLine, AuditReport } from '../../layers/core/ledger/audit.ts'
import { printable } from '../explain/wrapped.ts'

const count = (n: number): string => n.toLocaleString('en')

/** The audit as a page: each service and hour, the topic where it was read, and the verdict. */
export function drawAudit({ checked, spans, topic, violations, lines }: AuditReport): string {
  const total = `${count(spans.booked)} booked, ${count(spans.parked)} parked, ${count(spans.uncharged)} uncharged`
  return [
    ...lines.map(line),
    ...(lines.length < checked ? [`... and ${count(checked - lines.length)} more services and hours`] : []),
    `${count(checked)} services and hours: ${total}`,
    ...(topic === null ? ['The topic was not read: the ledger is checked against itself.'] : topicLines(topic)),
    ...violations.map(({ identity, what }) => `VIOLATED ${identity}: ${printable(what)}`),
    violations.length === 0 ? 'Every identity holds.' : `${count(violations.length)} identities do not hold.`,
    '',
  ].join('\n')
}

function line({ service, hour, booked, parked, uncharged, usdByMinute, inTopic }: AuditLine): string {
  const spans = `${count(booked)} booked + ${count(parked)} parked + ${count(uncharged)} uncharged`
  const isRemoved = service === SMOKE_SERVICE && inTopic !== booked + parked + uncharged
  const which = isRemoved ? ' (`tollgate smoke` removes its rows)' : ''
  const topic = inTopic === null ? '' : `${isRemoved ? ' of' : ' ='} ${count(inTopic)} in the topic${which}`
  return `${hour} ${printable(service)}: ${spans}${topic}; ${usdByMinute} USD`
}

function topicLines(topic: NonNullable<AuditReport['topic']>): readonly string[] {
  const { records, spans, dead, diedAgain, copies, inLetters, isWhole } = topic
  const counted = spans - dead - diedAgain - copies
  return [
    `Topic: ${count(records)} records, ${count(spans)} spans`,
    `  = ${count(counted)} counted + ${count(dead)} dead + ${count(diedAgain)} died again + ${count(copies)} copies`,
    `Dead letters: ${count(inLetters)} spans`,
    ...(isWhole ? [] : ['The topic has let go of records of these hours: the ledger may hold more.']),
  ]
}
