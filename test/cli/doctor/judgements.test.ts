import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../cli/doctor/finding.ts'
import { judgeAlerts } from '../../../cli/doctor/judge-alerts.ts'
import { judgeApi, judgeClock } from '../../../cli/doctor/judge-api.ts'
import { judgeMapping } from '../../../cli/doctor/judge-mapping.ts'
import { judgePrices } from '../../../cli/doctor/judge-prices.ts'
import { judgeSpans } from '../../../cli/doctor/judge-spans.ts'
import { judgeTable } from '../../../cli/doctor/judge-table.ts'
import { judgeTopic } from '../../../cli/doctor/judge-topic.ts'

const NOON = Date.UTC(2026, 10, 23, 12)
const answer = { status: 200, askedAt: NOON, answeredAt: NOON + 40, date: NOON }
const clockAt = (ahead: number) => judgeClock({ ...answer, askedAt: NOON + ahead, answeredAt: NOON + ahead + 40 })
const price = (sku: string, ageSeconds: number | null, stale = false) => ({ sku, ageSeconds, stale }) as never
const mapping = { id: 'm1', topics: ['spans'], state: 'Enabled', lastResult: 'OK' }
const table = {
  status: 'ACTIVE',
  expiresBy: 'expiresAt',
  isRecoverable: true,
  isProtected: true,
  stream: 'NEW_AND_OLD_IMAGES',
}
const cluster = { kind: 'provisioned', state: 'ACTIVE' } as const
const topic = { name: 'spans', wanted: 12, cluster, topic: { partitions: 12, state: 'ACTIVE' } }
const mail = (isConfirmed: boolean) => ({ protocol: 'email', endpoint: 'a@example.com', isConfirmed })

describe('the doctor', () => {
  it.each<[string, Finding, Finding['verdict'], string]>([
    ['an API that answers', judgeApi(answer), 'ok', 'answers in 40 ms'],
    ['an API that refuses the caller', judgeApi({ ...answer, status: 403 }), 'FAIL', 'execute-api:Invoke'],
    ['an API that fails', judgeApi({ ...answer, status: 502 }), 'FAIL', 'explore-costs'],
    ['a clock that is right', clockAt(0), 'ok', ''],
    ['a clock half a minute ahead', clockAt(30_000), 'warn', '30 s ahead'],
    ['a clock six minutes behind', clockAt(-360_000), 'FAIL', 'refused'],
    ['an API without a Date', judgeClock({ ...answer, date: undefined }), 'warn', 'by hand'],
    ['fresh prices', judgePrices([price('a', 120), price('rate/x', null)]), 'ok', '1 prices, fetched 2 min ago'],
    ['one stale price', judgePrices([price('a', 60), price('b', 9_000, true)]), 'warn', '1 too old: b'],
    ['a stale book', judgePrices([price('a', 9_000, true)]), 'FAIL', 'price-book-stale'],
    ['a book of own rates alone', judgePrices([price('rate/x', null)]), 'FAIL', 'empty'],
    ['spans', judgeSpans('2026-11-23T12:00:00Z'), 'ok', 'booked up to'],
    ['no spans', judgeSpans(null), 'warn', 'tollgate smoke'],
    ['a mapping at work', judgeMapping([mapping], 'spans'), 'ok', 'enabled; last: OK'],
    ['no mapping', judgeMapping([{ ...mapping, topics: ['other'] }], 'spans'), 'FAIL', 'cdk deploy'],
    ['a disabled mapping', judgeMapping([{ ...mapping, state: 'Disabled' }], 'spans'), 'FAIL', '--uuid m1 --enabled'],
    ['a starting mapping', judgeMapping([{ ...mapping, state: 'Creating' }], 'spans'), 'warn', 'Creating'],
    [
      'a mapping that cannot connect',
      judgeMapping([{ ...mapping, lastResult: 'PROBLEM: Connection error' }], 'spans'),
      'FAIL',
      'PROBLEM: Connection error',
    ],
    ['a table as deployed', judgeTable('t', true, table), 'ok', 'streamed'],
    ['a table whose stream is off', judgeTable('t', true, { ...table, stream: undefined }), 'FAIL', 'no alerts'],
    ['a table whose stream shows keys', judgeTable('t', true, { ...table, stream: 'KEYS_ONLY' }), 'FAIL', 'KEYS_ONLY'],
    ['a table that keeps all', judgeTable('t', false, { ...table, expiresBy: undefined }), 'warn', 'do not expire'],
    ['a table without backups', judgeTable('t', false, { ...table, isRecoverable: false }), 'warn', 'point-in-time'],
    ['a table that may go', judgeTable('t', false, { ...table, isProtected: false }), 'warn', 'deletion protection'],
    ['a table that is going', judgeTable('t', false, { ...table, status: 'DELETING' }), 'FAIL', 'DELETING'],
    ['a topic as configured', judgeTopic(topic), 'ok', 'spans, 12 partitions'],
    ['no cluster', judgeTopic({ ...topic, cluster: undefined, topic: undefined }), 'FAIL', 'topic.clusterArn'],
    ['no topic', judgeTopic({ ...topic, topic: undefined }), 'FAIL', 'no topic spans'],
    [
      'other partitions',
      judgeTopic({ ...topic, topic: { partitions: 6, state: 'ACTIVE' } }),
      'FAIL',
      'write "partitions": 6',
    ],
    ['a busy cluster', judgeTopic({ ...topic, cluster: { ...cluster, state: 'UPDATING' } }), 'warn', 'UPDATING'],
    [
      'a serverless cluster',
      judgeTopic({ ...topic, cluster: { kind: 'serverless', state: 'ACTIVE' }, topic: undefined }),
      'warn',
      'does not show',
    ],
    ['subscribers', judgeAlerts([mail(true)]), 'ok', '1 subscribed'],
    ['nobody', judgeAlerts([]), 'warn', 'nobody'],
    ['one of two who said yes', judgeAlerts([mail(true), mail(false)]), 'warn', 'not confirmed: email a@example.com'],
    ['nobody who said yes', judgeAlerts([mail(false)]), 'FAIL', 'AWS Notifications'],
  ])('judges %s', (_, finding, verdict, text) => {
    expect(finding.verdict).toBe(verdict)
    expect(`${finding.found} ${finding.advice}`).toContain(text)
    // What is not well says what to do.
    expect(finding.advice === undefined).toBe(verdict === 'ok')
  })
})
