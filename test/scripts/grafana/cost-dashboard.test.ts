import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseSpendQuery } from '../../../functions/explore-costs/spend-query.ts'
import { budgetsReport } from '../../../layers/core/budgets/budgets-report.ts'
import { freshState } from '../../../layers/core/budgets/judge.ts'
import type { LedgerRow } from '../../../layers/core/ledger/row.ts'
import { hoursOf, spendReport } from '../../../layers/core/ledger/spend-report.ts'
import type { Picodollars } from '../../../layers/core/money/picodollars.ts'
import { type EpochMs, hourOf } from '../../../layers/core/time/instants.ts'
import { costDashboard, QUESTIONS, type Question, variable } from '../../../scripts/grafana/cost-dashboard.ts'

const NOW = Date.UTC(2026, 10, 24, 12) as EpochMs
const DAY_AGO = NOW - 24 * 3_600_000

/** As Grafana sends it: the range filled in. */
const sent = ({ parameters }: Question): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key,
      value
        .replace(variable('__from:date:iso'), new Date(DAY_AGO).toISOString())
        .replace(variable('__to:date:iso'), new Date(NOW).toISOString()),
    ]),
  )

const ROW: LedgerRow = {
  ...{ service: 'prod/checkout', hour: hourOf((NOW - 1) as EpochMs), commit: 'a1b2c3d', shard: 's.0' },
  fence: { offset: 1, timestampMs: NOW },
  minutes: [{ minute: 7, cost: 5n as Picodollars, entryRequests: 1 }],
  ...{ operations: [], usage: [], outcomes: [] },
}

function spendLines(question: Question): readonly object[] {
  const parsed = parseSpendQuery(sent(question), NOW, 90)
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults))
  expect(hoursOf(parsed.query)).toHaveLength(24)
  return spendReport([ROW], [], parsed.query).lines
}

const standings = (): readonly object[] => budgetsReport([freshState('prod/checkout', 'shadow')], [], [], NOW).budgets

describe('the Grafana dashboard', () => {
  it('is the file that people import', () => {
    const file = readFileSync(new URL('../../../deploy/grafana/dashboard.json', import.meta.url), 'utf8')
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(costDashboard())))
  })

  it('shows cost per service, cost per commit and budget utilization, by those names', () => {
    const titles = costDashboard().panels?.map((panel) => ('title' in panel ? panel.title : ''))
    expect(titles).toEqual(Object.keys(QUESTIONS))
    for (const [name, { columns }] of Object.entries(QUESTIONS)) expect(columns.map(({ text }) => text)).toContain(name)
  })

  it.each(Object.entries(QUESTIONS))(
    'asks of %s what the API answers, and reads members that the answer has',
    (_, question) => {
      const lines = question.path === '/v1/spend' ? spendLines(question) : standings()
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) for (const { selector } of question.columns) expect(line).toHaveProperty(selector)
    },
  )
})
