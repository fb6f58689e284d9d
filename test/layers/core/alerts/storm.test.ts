import { describe, expect, it } from 'vitest'
import type { AlertKind } from '../../../../layers/core/alerts/alert-lease.ts'
import { stormMessageOf } from '../../../../layers/core/alerts/message.ts'
import { type DueAlert, foldStorms, STORM_MAX } from '../../../../layers/core/alerts/storm.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { TRANSITIONS } from '../../../../layers/core/budgets/transitions.ts'
import { SERVICE_MAX } from '../../../../layers/core/identity/service.ts'
import type { EpochMs, Minute } from '../../../../layers/core/time/instants.ts'
import { stateOf } from '../../../functions/explore-costs/state-of.ts'

const NOON = Date.parse('2026-11-24T12:00Z') as EpochMs

const due = (service: string, changes: Partial<BudgetState> = {}, kind: AlertKind = 'throttled'): DueAlert => {
  const state = { ...stateOf(service, NOON, '412'), phase: 'throttled', admit: 0.25, ...changes } as const
  return { alert: { id: `${service}#${state.closed}#${kind}`, kind }, state }
}
const many = (count: number, changes: Partial<BudgetState> = {}): DueAlert[] =>
  Array.from({ length: count }, (_, n) => due(`prod/s${n}`, changes))
const sizes = (all: readonly DueAlert[]): number[] => foldStorms(all).map((one) => one.length)
const told = (all: readonly DueAlert[]) => {
  const [first, ...others] = all
  if (first === undefined) throw new Error('none')
  return stormMessageOf([first, ...others], undefined)
}

describe('folding', () => {
  it('puts three and more alerts of one cause together, and leaves two apart', () => {
    expect(sizes(many(2))).toEqual([1, 1])
    expect(sizes(many(3))).toEqual([3])
    expect(sizes([])).toEqual([])
  })

  it('keeps apart what may have another cause', () => {
    const two = many(2)
    const other = 'prod/other'
    expect(sizes([...two, due('staging/a')])).toEqual([1, 1, 1])
    expect(sizes([...two, due(other, {}, 'warned')])).toEqual([1, 1, 1])
    expect(sizes([...two, due(other, { mode: 'shadow' }, 'released')])).toEqual([1, 1, 1])
    expect(sizes([...two, due(other, { closed: 5 as Minute })])).toEqual([1, 1, 1])
  })

  it('loses nobody, and makes several messages of more than one can hold', () => {
    const all = many(STORM_MAX * 2 + 1)
    expect(sizes(all)).toEqual([STORM_MAX, STORM_MAX, 1])
    expect(new Set(foldStorms(all).flat())).toEqual(new Set(all))
  })
})

describe('the message of a storm', () => {
  it('lists each service, the hottest first, and says what to do', () => {
    const figures = stateOf('x', NOON).figures
    const hot = due('prod/hot', { figures: { ...figures, rollingUsd: '700', pace: 14.2 } })
    const [folded = []] = foldStorms([...many(2), hot])
    const { subject, text, attributes } = told(folded)
    expect(subject).toBe('3 services of prod are throttled')
    expect(text).toBe(
      `
3 services of prod are throttled.

All within the minute to 2026-11-24T12:00Z: look for one cause before 3 of them.

  prod/hot is throttled to 25 %
    $700.00 of $500 spent, 14.2 times its pace
  prod/s0 is throttled to 25 %
    $412.00 of $500 spent, 1 times its pace
  prod/s1 is throttled to 25 %
    $412.00 of $500 spent, 1 times its pace

Who:        nobody, nothing was spent in the last minutes.
Look:       tollgate top shows who spends this hour; tollgate budgets list shows all budgets.
Override:   tollgate budgets override prod/hot --mode shadow --until 2h --reason WHY, for each one

Judged up to 2026-11-24T12:00Z, message ${told(folded).document.id}`.trimStart(),
    )
    expect(attributes).toEqual({
      service: ['prod/hot', 'prod/s0', 'prod/s1'],
      environment: 'prod',
      transition: 'throttled',
      mode: 'enforce',
      severity: 'critical',
    })
  })

  it('has one id however its alerts come, and another for other alerts', () => {
    const all = many(4)
    const [one] = foldStorms(all)
    const [same] = foldStorms([...all].reverse())
    expect(told(one ?? []).document.id).toBe(told(same ?? []).document.id)
    expect(told(one ?? []).document.id).not.toBe(told(all.slice(1)).document.id)
  })

  it('fits what SNS takes, whatever services are called and why they are throttled', () => {
    const service = (n: number): string => `${'"'.repeat(60)}/${String(n).padStart(SERVICE_MAX - 61, '\u00e9')}`
    const reason = '"'.repeat(2_000)
    const figures = {
      ...stateOf('x', NOON).figures,
      limitUsd: '9'.repeat(12),
      rollingUsd: `${'9'.repeat(12)}.${'9'.repeat(12)}`,
    }
    for (const kind of [...TRANSITIONS, 'reminder'] as const) {
      const all = Array.from({ length: STORM_MAX }, (_, n) => due(service(n), { reason, figures }, kind))
      const { subject, text, document, attributes } = told(all)
      const json = JSON.stringify(document)
      const message = JSON.stringify({ a: text, b: text, c: json, d: json, e: json, f: json, g: json })
      expect(Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(attributes))).toBeLessThan(256 * 1024)
      expect(subject.length).toBeLessThan(100)
      expect(subject).not.toMatch(/\p{Cc}/u)
    }
  })
})
