import { expect, it } from 'vitest'
import { drawReplays } from '../../../cli/budgets/draw-replay.ts'

it('says that there is nothing to judge where the ledger is empty, instead of nothing', () => {
  expect(drawReplays([])).toBe('Nothing to judge: no service has spent anything in that time.\n')
})
