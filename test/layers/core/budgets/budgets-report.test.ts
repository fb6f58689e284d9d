import { describe, expect, it } from 'vitest'
import { budgetsReport } from '../../../../layers/core/budgets/budgets-report.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import type { Flag } from '../../../../layers/core/flags/flag.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { stateOf } from '../../../functions/explore-costs/state-of.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs

const limited = (state: BudgetState, limitUsd: string): BudgetState => ({
  ...state,
  figures: { ...state.figures, limitUsd },
})

const flagOf = (service: string, until: number): Flag => ({
  service,
  admit: 0.5,
  reason: 'burns',
  until: until as EpochMs,
  since: NOW,
  version: 1,
})

describe('the budgets report', () => {
  it('puts first who is throttled, then who has used most, and last who was never judged', () => {
    const states = [
      { ...limited(stateOf('new', NOW, '0'), '0'), version: 0 },
      stateOf('little', NOW, '10'),
      stateOf('much', NOW, '450'),
      limited(stateOf('no-money-at-all', NOW, '0.01'), '0'),
      stateOf('throttled', NOW, '20'),
    ]
    const { budgets } = budgetsReport(states, [flagOf('throttled', NOW + 1), flagOf('little', NOW)], [], NOW)
    expect(budgets.map(({ service, usedPercent }) => [service, usedPercent])).toEqual([
      ['throttled', 4],
      ['no-money-at-all', null],
      ['much', 90],
      ['little', 2],
      ['new', null],
    ])
  })

  it('says until when a service was judged, and nothing of one that never was', () => {
    const { budgets } = budgetsReport([stateOf('a', NOW), { ...stateOf('b', NOW, '0'), version: 0 }], [], [], NOW)
    expect(budgets).toMatchObject([
      { service: 'a', judgedUpTo: '2026-11-23T08:30:00.000Z', since: '2026-11-23T08:29:00.000Z' },
      { service: 'b', judgedUpTo: null, since: null },
    ])
  })

  it('rounds the share used down: 100 % is used up', () => {
    expect(budgetsReport([stateOf('a', NOW, '499.999999999999')], [], [], NOW).budgets[0]?.usedPercent).toBe(99)
  })
})
