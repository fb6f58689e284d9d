import { describe, expect, it } from 'vitest'
import { budgetSchema } from '../../../../layers/core/budgets/budget.ts'
import {
  changeRequestSchema,
  changesAfter,
  effectiveBudget,
  type ServiceChanges,
  unchanged,
} from '../../../../layers/core/budgets/change.ts'
import { decodeChanges, encodeChanges } from '../../../../layers/core/budgets/changes-codec.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'

const NOON = Date.parse('2026-11-24T12:00Z') as EpochMs
const HOUR = 3_600_000
const later = (ms: number): EpochMs => (NOON + ms) as EpochMs
const BUDGET = budgetSchema.parse({ service: 'prod/a', limitUsd: '500' })
const ASHA = { by: 'arn:aws:iam::1:user/asha', at: NOON }
const UNTIL = '2026-11-24T14:00Z'
const REASON = 'incident 7'

type Fields = Record<string, unknown>
const asked = (fields: Fields) => changeRequestSchema.parse({ service: 'prod/a', reason: REASON, ...fields })
function changed(was: ServiceChanges, fields: Fields, author = ASHA): ServiceChanges {
  const next = changesAfter(was, asked(fields), author)
  if ('fault' in next) throw new Error(next.fault)
  return next.changes
}
const NONE = unchanged('prod/a')
const override = (fields: Fields): Fields => ({ change: 'override', until: UNTIL, ...fields })
const grant = (usd: string): Fields => ({ change: 'grant', usd, until: UNTIL })
const limitAt = (changes: ServiceChanges | undefined, at: EpochMs = NOON): string =>
  effectiveBudget(BUDGET, changes, at).limitUsd

describe('a change of a budget', () => {
  it('holds until its time, and then the file does', () => {
    const changes = changed(NONE, override({ limitUsd: '900', mode: 'enforce' }))
    expect(effectiveBudget(BUDGET, changes, later(2 * HOUR - 1))).toMatchObject({ limitUsd: '900', mode: 'enforce' })
    expect(effectiveBudget(BUDGET, changes, later(2 * HOUR))).toBe(BUDGET)
    expect(effectiveBudget(BUDGET, undefined, NOON)).toBe(BUDGET)
  })

  it('grants money on top of the limit, of the override, and of other grants', () => {
    const granted = changed(changed(NONE, grant('300')), grant('0.5'))
    expect(limitAt(granted)).toBe('800.5')
    expect(limitAt(changed(granted, override({ limitUsd: '100' })))).toBe('400.5')
    expect(limitAt(granted, later(2 * HOUR))).toBe('500')
  })

  it('is one although it is asked for again, unless somebody else asks', () => {
    const granted = changed(NONE, grant('300'))
    const again = changesAfter(granted, asked(grant('300')), { ...ASHA, at: later(60_000) })
    expect(again).toEqual({ changes: granted, author: ASHA, isNew: false })
    expect(limitAt(changed(granted, grant('300'), { by: 'ben', at: NOON }))).toBe('1100')
  })

  it('replaces the override before, and ends with clear', () => {
    const second = changed(changed(NONE, override({ limitUsd: '900' })), override({ mode: 'enforce' }))
    expect(effectiveBudget(BUDGET, second, NOON)).toMatchObject({ limitUsd: '500', mode: 'enforce' })
    const cleared = changed(changed(second, grant('1')), { change: 'clear' })
    expect(cleared).toEqual({ service: 'prod/a', override: null, grants: [], version: 4 })
  })

  it('drops what has run out, so that grants do not pile up', () => {
    let changes = NONE
    for (let n = 1; n <= 10; n += 1) changes = changed(changes, grant(`${n}`))
    expect(changesAfter(changes, asked(grant('11')), ASHA)).toEqual({ fault: expect.stringContaining('10 grants') })
    const next = changed(changes, { ...grant('11'), until: '2026-11-25T00:00Z' }, { ...ASHA, at: later(2 * HOUR) })
    expect(next.grants.map(({ usd }) => usd)).toEqual(['11'])
  })

  it.each([
    ['2026-11-24T11:59Z', 'in the future'],
    ['2026-11-24T12:00Z', 'in the future'],
    ['2026-12-26T12:00Z', 'at most 31 days'],
  ])('until %s is refused: %s', (until, says) => {
    expect(changesAfter(NONE, asked({ ...grant('1'), until }), ASHA)).toEqual({ fault: expect.stringContaining(says) })
  })

  it.each([
    { change: 'override', until: UNTIL },
    { change: 'override', until: UNTIL, limitUsd: '-5' },
    { change: 'override', until: UNTIL, mode: 'off' },
    { change: 'override', limitUsd: '5' },
    { change: 'grant', until: UNTIL },
    { change: 'grant', until: 'tomorrow', usd: '5' },
    { change: 'grant', until: UNTIL, usd: '5', reason: ' ' },
    { change: 'grant', until: UNTIL, usd: '5', reason: 'two\nlines' },
    { change: 'clear', until: UNTIL },
    { change: 'raise', usd: '5' },
  ])('%j is refused', (fields) => {
    expect(changeRequestSchema.safeParse({ service: 'prod/a', reason: REASON, ...fields }).success).toBe(false)
  })

  it('is read as it was written', () => {
    const changes = changed(changed(NONE, grant('300')), override({ mode: 'shadow' }))
    expect(decodeChanges(encodeChanges(changes))).toEqual(changes)
  })
})
