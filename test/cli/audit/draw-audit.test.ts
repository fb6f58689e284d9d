import { describe, expect, it } from 'vitest'
import { drawAudit } from '../../../cli/audit/draw-audit.ts'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import type { AuditLine, AuditReport } from '../../../layers/core/ledger/audit.ts'

const lineOf = (service: string, over: Partial<AuditLine> = {}): AuditLine => ({
  ...{ service, hour: '2026-11-23T08', booked: 1_234_567, parked: 12_345, uncharged: 123_456 },
  ...{ usdByMinute: '1234.000000000001', usdByOperation: '1234.000000000001', inTopic: 1_370_368 },
  ...over,
})

const MANY = 98_765_432_109
const reportOf = (lines: readonly AuditLine[], over: Partial<AuditReport> = {}): AuditReport => ({
  checked: lines.length,
  spans: { booked: MANY, parked: MANY, uncharged: MANY },
  topic: { records: MANY, spans: 6 * MANY, dead: MANY, diedAgain: MANY, copies: MANY, inLetters: MANY, isWhole: false },
  violations: [],
  lines,
  ...over,
})

const widest = (page: string): number => Math.max(...page.split('\n').map((line) => line.length))

describe('the page of an audit', () => {
  it('names one hour above its services, and more hours beside them', () => {
    const one = drawAudit(reportOf([lineOf('prod/shop/checkout'), lineOf('prod/shop/orders')]), 80)
    expect(one.split('\n').slice(0, 3)).toEqual([
      'Hour 2026-11-23T08, UTC',
      'SERVICE                BOOKED  PARKED  UNCHARGED   IN TOPIC        USD',
      'prod/shop/checkout  1,234,567  12,345    123,456  1,370,368  1234.0000',
    ])
    const two = drawAudit(reportOf([lineOf('prod/a'), lineOf('prod/a', { hour: '2026-11-23T09' })]), 80)
    expect(two).toMatch(/^SERVICE {2}HOUR .*\nprod\/a {3}2026-11-23T08 .*\nprod\/a {3}2026-11-23T09 /)
  })

  it('fits a terminal of 80 columns, however long names and figures are', () => {
    const name = `prod/${'long-name-'.repeat(20)}`
    const hours = [lineOf(name, { booked: MANY, usdByMinute: String(MANY) }), lineOf(name, { hour: '2026-11-23T09' })]
    const what = `${name.slice(0, 40)}, 2026-11-23T08: ${MANY} spans in the ledger, ${MANY} in the topic`
    const page = drawAudit(reportOf(hours, { violations: [{ identity: 'spans', what }], checked: 9_999 }), 80)
    expect(widest(page)).toBeLessThanOrEqual(80)
    expect(page.replaceAll(/\s+/g, ' ')).toContain(`VIOLATED spans: ${what} 1 identity does not hold.`)
    expect(page).toContain('... and 9,997 lines more\n')
  })

  it('says why the smoke test has fewer spans in the ledger than in the topic', () => {
    const page = drawAudit(reportOf([lineOf(SMOKE_SERVICE, { booked: 0, parked: 0, uncharged: 0, inTopic: 2 })]), 80)
    expect(page).toMatch(/ 2\* .*\n\* its spans stay in the topic: `tollgate smoke` removes its rows\n/)
    const lost = drawAudit(reportOf([lineOf('prod/a', { inTopic: 2 })]), 80)
    expect(lost).not.toContain('*')
  })

  it('has no column for a topic that was not read', () => {
    const page = drawAudit(reportOf([lineOf('prod/a', { inTopic: null })], { topic: null }), 80)
    expect(page).not.toContain('IN TOPIC')
    expect(page).toContain('The topic was not read')
  })

  it('lets no escape sequence of a stranger reach the terminal', () => {
    const violations = [{ identity: 'money', what: '\x1b[2J' }] as const
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(drawAudit(reportOf([lineOf('\x1b[2Jevil\u202e')], { violations }), 80)).not.toMatch(/[\x00-\x09\x1b\u202e]/)
  })
})
