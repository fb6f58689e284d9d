import type { AuditableTopic } from '../../local/audited-topic.ts'
import type { Tell } from '../with-progress.ts'

const RECORDS_A_LINE = 1_000

/** The topic, which tells how many of its records it has read. */
export const toldVisits = (topic: AuditableTopic, tell: Tell): AuditableTopic => ({
  visit(upTo, since, visit) {
    const which = upTo === 'committed' ? 'the topic, as far as its consumer has come' : 'the topic, to its end'
    tell(which)
    let records = 0
    return topic.visit(upTo, since, (record) => {
      records += 1
      if (records % RECORDS_A_LINE === 0) tell(`${which}: ${records.toLocaleString('en')} records`)
      visit(record)
    })
  },
})
