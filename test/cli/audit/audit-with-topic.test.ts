import { describe, expect, it } from 'vitest'
import { auditTopicHere } from '../../../cli/audit/audit-with-topic.ts'
import { auditedHours } from '../../../cli/audit/audited-hours.ts'
import type { AuditReport } from '../../../layers/core/ledger/audit.ts'
import type { TopicSums } from '../../../layers/core/ledger/topic-sums.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs
const { hours } = auditedHours({}, NOW)

const ledger = (spans: number, changes: Partial<AuditReport> = {}): AuditReport => ({
  checked: 1,
  spans: { booked: spans, parked: 0, uncharged: 0 },
  topic: null,
  violations: [],
  lines: [
    {
      ...{ service: 'a', hour: '2026-11-23T08', booked: spans, parked: 0, uncharged: 0, inTopic: null },
      ...{ usdByMinute: '1', usdByOperation: '1' },
    },
  ],
  ...changes,
})
const sums = (spans: number, dead = 0): TopicSums => ({
  ...{ records: 1, spans, dead, diedAgain: 0, copies: 0, isWhole: true },
  counted: [{ service: 'a', hour: hourOf(NOW), spans }],
})

describe('a ledger that is audited against a topic read here', () => {
  it('is read between what its consumer had finished with and what was there after it', async () => {
    const asked: string[] = []
    const topic = {
      sum: async (upTo: 'committed' | 'end') => {
        asked.push(upTo)
        return upTo === 'committed' ? sums(5, 1) : sums(9, 2)
      },
      countLetters: async () => {
        asked.push('letters')
        return 2
      },
    }
    const read = async () => {
      asked.push('ledger')
      return ledger(7)
    }
    const report = await auditTopicHere(topic, read, hours, (what) => asked.push(String(what)))
    expect(asked).toEqual(['committed', 'the ledger', 'ledger', 'the dead letters', 'letters', 'end'])
    expect(report.violations).toEqual([])
    expect(report.lines).toMatchObject([{ booked: 7, inTopic: 5 }])
    expect(report.topic).toMatchObject({ spans: 5, dead: 1, inLetters: 2 })
  })

  it('is told to have lost spans, and not to have what its system believes of a topic that it read itself', async () => {
    const topic = { sum: async () => sums(8), countLetters: async () => 0 }
    const own = [
      { identity: 'spans' as const, what: 'its own' },
      { identity: 'money' as const, what: 'drift' },
    ]
    const report = await auditTopicHere(
      topic,
      async () => ledger(7, { violations: own }),
      hours,
      () => {},
    )
    expect(report.violations).toEqual([
      { identity: 'money', what: 'drift' },
      { identity: 'spans', what: 'a, 2026-11-23T08: 7 spans in the ledger, 8 in the topic' },
    ])
  })

  it('is not compared where the answer has not all of its lines', async () => {
    const topic = { sum: async () => sums(7), countLetters: async () => 0 }
    await expect(
      auditTopicHere(
        topic,
        async () => ledger(7, { checked: 2 }),
        hours,
        () => {},
      ),
    ).rejects.toThrow('fewer hours')
  })
})
