import { describe, expect, it } from 'vitest'
import type { Standing } from '../../../cli/budgets/budgets-client.ts'
import { drawStandings } from '../../../cli/budgets/draw-budgets.ts'

const standingOf = (service: string, over: Partial<Standing> = {}): Standing => ({
  ...{ service, mode: 'shadow', phase: 'within', admit: 1, usedPercent: 20, reason: '', changes: [] },
  judgedUpTo: '2026-11-23T08:30:00.000Z',
  figures: { limitUsd: '500', rollingUsd: '100', pace: 0.8 },
  ...over,
})

describe('the list of budgets', () => {
  it('says nothing of a service that is not judged yet but that, and of a large multiple no decimals', () => {
    const fresh = standingOf('prod/new', {
      judgedUpTo: null,
      usedPercent: null,
      figures: { limitUsd: '0', rollingUsd: '0', pace: 0 },
    })
    const hot = standingOf('prod/hot', { figures: { limitUsd: '500', rollingUsd: '100', pace: 14_400.01 } })
    expect(drawStandings([hot, fresh], 80)).toBe(`SERVICE   MODE      SPENT  LIMIT  USED     PACE  PHASE
prod/hot  shadow  $100.00   $500  20 %  14,400x  within
prod/new  shadow                                 not judged yet
`)
  })

  it('says so where there is none', () => {
    expect(drawStandings([], 80)).toBe('No service has spent anything yet.\n')
  })
})
