import type { TopicPorts } from '../../functions/explore-costs/explore-costs.ts'
import { type AuditReport, auditWithTopic, recordsSince } from '../../layers/core/ledger/audit.ts'
import type { Hour } from '../../layers/core/time/instants.ts'
import { UsageError } from '../usage-error.ts'
import type { Tell } from '../with-progress.ts'

/**
 * Compares what a running system says of its ledger with its topic, which this machine reads: once before the ledger is read, as
 * far as the topic's consumer has come, and once after it, to its end. What the system itself says of a topic is left out.
 * What comes after the topic's records is told by `tell`; those tell themselves (told-visits.ts).
 * @throws UsageError where the system's answer has not all lines
 */
export async function auditTopicHere(
  topic: TopicPorts,
  readLedger: () => Promise<AuditReport>,
  hours: readonly Hour[],
  tell: Tell,
): Promise<AuditReport> {
  const since = recordsSince(hours)
  const least = await topic.sum('committed', since)
  tell('the ledger')
  const ledger = await readLedger()
  tell('the dead letters')
  const inLetters = await topic.countLetters(since)
  const most = await topic.sum('end', since)
  if (ledger.lines.length < ledger.checked) {
    throw new UsageError(`${ledger.checked} services and hours are more than one answer holds: ask for fewer hours`)
  }
  const violations = ledger.violations.filter(({ identity }) => identity === 'money')
  return auditWithTopic({ ...ledger, violations }, hours, { least, most, inLetters })
}
