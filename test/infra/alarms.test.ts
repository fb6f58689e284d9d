import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { resourcesOf, synthesize } from './synthesized.ts'

const alarms = Object.values(resourcesOf(synthesize().code, 'AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties,
)
const names = alarms.map((alarm) => String(alarm.AlarmName).replace(/^tollgate-/, ''))

/** The sections of the runbook's chapter on alarms. */
const runbook = (): string[] => {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const chapter = text.split(/^## /m).find((part) => part.startsWith('Alarms\n')) ?? ''
  return [...chapter.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading ?? '')
}

describe('alarms', () => {
  it('have a runbook section each, by their own name, and the runbook has no other', () => {
    expect(runbook().sort()).toEqual([...names].sort())
  })

  it.each(alarms.map((alarm, at) => [names[at], alarm]))(
    '%s tells people, says so when over, and where to read on',
    (name, alarm) => {
      expect(alarm.AlarmActions).toHaveLength(1)
      expect(alarm.OKActions).toEqual(alarm.AlarmActions)
      expect(alarm.AlarmDescription).toContain(`docs/operations.md, "${name}"`)
      expect(['breaching', 'notBreaching']).toContain(alarm.TreatMissingData)
    },
  )

  it('take silence for trouble only where something reports every minute', () => {
    const silent = alarms.filter((alarm) => alarm.TreatMissingData === 'breaching').map((alarm) => alarm.AlarmName)
    expect(silent.sort()).toEqual(['tollgate-price-book-stale', 'tollgate-windows-not-closing'])
  })
})
