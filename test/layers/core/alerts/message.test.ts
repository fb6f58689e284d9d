import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AlertKind } from '../../../../layers/core/alerts/alert-lease.ts'
import { messageOf } from '../../../../layers/core/alerts/message.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { TRANSITIONS } from '../../../../layers/core/budgets/transitions.ts'
import { SERVICE_MAX } from '../../../../layers/core/identity/service.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { stateOf } from '../../../functions/explore-costs/state-of.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z') as EpochMs
const KINDS: readonly AlertKind[] = [...TRANSITIONS, 'reminder']
const calm = stateOf('prod/shop/checkout', NOON, '412.5')
const drivers = { commit: 'a1b2c3d', commitShare: 0.93, operation: 'GET /carts/*', operationShare: 0.88 }

const throttled: BudgetState = {
  ...calm,
  phase: 'throttled',
  admit: 0.125,
  reason: "burns 14.2 times its budget's pace, and each request costs 10 times what it used to",
  since: NOON,
  heldSince: (NOON - 240_000) as EpochMs,
  figures: { ...calm.figures, windowUsd: '4.93', pace: 14.2, minutesLeft: 17 },
}
const of = (kind: AlertKind, state: BudgetState) =>
  messageOf({ id: `${state.service}#1#${kind}`, kind }, state, drivers)

describe('an alert', () => {
  it('reads as a letter that needs no other', () => {
    expect(of('throttled', throttled).text).toBe(
      `
prod/shop/checkout is throttled to 12.5 %.

Why:        it burns 14.2 times its budget's pace, and each request costs 10 times what it used to.
How much:   $412.50 of $500 spent, $4.93 of it in the last minute.
How fast:   14.2 times the pace that its budget can carry; so the rest lasts 17 minutes.
Since when: 2026-11-23T11:56Z.
Who:        commit a1b2c3d made 93 % of what was spent in the last 10 minutes; 88 % of its spend is "GET /carts/*".
What next:  gates admit 12.5 % of requests and answer 429 to the others; fewer each minute while it goes on, a tenth more each minute once it is over.

Look:       tollgate top shows who spends this hour; tollgate explain shows what a span costs, and why.
Override:   tollgate budgets override prod/shop/checkout --mode shadow --until 2h --reason WHY  (admits everything)
            tollgate budgets grant prod/shop/checkout --usd 100 --until 2h --reason WHY  (raises its limit)

Judged up to 2026-11-23T12:00Z, message prod/shop/checkout#1#throttled`.trimStart(),
    )
  })

  it('of what is held back says how a person can allow it, and waits for that person', () => {
    const back = { ...calm, phase: 'warned', heldBack: 'burns', reason: 'is held back by blast radius' } as const
    const { subject, text, attributes } = of('held_back', back)
    expect(subject).toBe('prod/shop/checkout would be throttled; too many are at once')
    expect(text).toContain('Why:        it is held back by blast radius.')
    expect(text).toContain('tollgate budgets override prod/shop/checkout --mode enforce --until 2h --reason WHY')
    expect(attributes).toMatchObject({ severity: 'critical' })
  })

  it('names commands that can be pasted, whatever the service is called', () => {
    const { text } = of('throttled', { ...throttled, service: "prod/$(rm -rf ~)'s\n" })
    expect(text).toContain("tollgate budgets grant 'prod/$(rm -rf ~)'\\''s ' --usd 100")
  })

  it('has a subject that SNS takes, whatever the service is called', () => {
    const service = fc.string({ unit: 'binary', minLength: 1, maxLength: SERVICE_MAX })
    const figures = { ...calm.figures, rollingUsd: '123456789012.123456789012', limitUsd: '123456789012.123456789012' }
    fc.assert(
      fc.property(service, fc.constantFrom(...KINDS), fc.constantFrom('shadow', 'enforce'), (name, kind, mode) => {
        const { subject } = of(kind, { ...throttled, figures, service: name, mode })
        expect(subject.length).toBeLessThan(100)
        expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        expect(subject.isWellFormed()).toBe(true)
      }),
      { seed: 5 },
    )
  })

  it('says in the subject what is the matter, and keeps both ends of a long name', () => {
    const long = `prod/${'x'.repeat(90)}/checkout`
    expect(of('throttled', throttled).subject).toBe('prod/shop/checkout is throttled to 12.5 %')
    expect(of('throttled', { ...throttled, service: long }).subject).toMatch(
      /^prod\/x+\.\.\.x+\/checkout is throttled to 12\.5 %$/,
    )
    expect(of('reminder', throttled).subject).toBe('prod/shop/checkout is still throttled to 12.5 %')
    expect(of('warned', { ...calm, phase: 'warned' }).subject).toBe(
      'prod/shop/checkout nears its budget: $412.50 of $500 spent',
    )
  })

  it('does not say that a budget is near which is only burnt too fast', () => {
    const burning = { ...calm, phase: 'warned' as const, figures: { ...calm.figures, rollingUsd: '9.83', pace: 6.34 } }
    expect(of('warned', burning).subject).toBe("prod/shop/checkout burns 6.34 times its budget's pace")
    expect(of('reminder', burning).subject).toContain('is still burning too fast: $9.83 of $500 spent')
  })

  it.each([
    ['warned', 'warned', 'enforce', 'warning'],
    ['throttled', 'throttled', 'enforce', 'critical'],
    ['released', 'throttled', 'shadow', 'info'],
    ['tightened', 'throttled', 'enforce', 'critical'],
    ['reminder', 'throttled', 'enforce', 'critical'],
    ['reminder', 'warned', 'enforce', 'warning'],
    ['releasing', 'releasing', 'enforce', 'info'],
    ['released', 'within', 'enforce', 'info'],
    ['released', 'warned', 'enforce', 'info'],
    ['eased', 'within', 'enforce', 'info'],
  ] as const)('of %s, while %s under %s, is %s', (kind, phase, mode, severity) => {
    expect(of(kind, { ...throttled, phase, mode }).attributes).toMatchObject({ severity, transition: kind, mode })
  })

  it('of a service that is set to shadow say that nobody is refused any more, and how to go back', () => {
    const { subject, text } = of('released', { ...throttled, mode: 'shadow' })
    expect(subject).toContain('is released: its budget is no longer enforced')
    expect(text).toContain('every request is admitted')
    expect(text).toContain('tollgate budgets clear prod/shop/checkout')
  })

  it('says so when its numbers are lower bounds, and when nothing is known of who spends', () => {
    const partial = { ...throttled, figures: { ...throttled.figures, complete: false } }
    const { text, document } = messageOf({ id: 'x', kind: 'throttled' }, partial, 'unknown')
    expect(text).toContain('more may be missing')
    expect(text).toContain('the ledger could not be read')
    expect(document.drivers).toBeNull()
    expect(messageOf({ id: 'x', kind: 'eased' }, calm, undefined).text).toContain('nothing was spent')
  })

  it('has no empty attribute, which SNS refuses: a service without an environment has none', () => {
    expect(of('throttled', { ...throttled, service: 'checkout' }).attributes).toEqual({
      service: 'checkout',
      transition: 'throttled',
      mode: 'enforce',
      severity: 'critical',
    })
  })
})
