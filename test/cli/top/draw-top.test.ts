import { describe, expect, it } from 'vitest'
import type { Costs } from '../../../cli/top/costs-client.ts'
import { drawTop, type Screen } from '../../../cli/top/draw-top.ts'

const SCREEN: Screen = { width: 80, height: 24, paint: (_, line) => line }

const LINES: Costs['spend']['lines'] = [
  { service: 'prod/shop/checkout', commit: 'fffffff', operation: 'POST /checkout', usd: '9.123456789012', count: 1234 },
  { service: 'prod/shop/recommend', commit: 'a1b2c3d', operation: 'chat amazon.nova-lite-v1:0', usd: '2.5', count: 80 },
  { service: 'prod/shop/orders', commit: 'a1b2c3d', operation: 'DynamoDB.GetItem orders', usd: '0.00004', count: 7 },
]

const budgetOf = (service: string, over: Partial<Costs['budgets'][number]> = {}): Costs['budgets'][number] => ({
  service,
  mode: 'enforce',
  phase: 'within',
  admit: 1,
  usedPercent: 20,
  judgedUpTo: '2026-11-23T08:30:00.000Z',
  figures: { limitUsd: '500', rollingUsd: '100', pace: 0.8 },
  flag: null,
  ...over,
})

function costsOf(over: Partial<Costs['spend']> = {}, budgets: Costs['budgets'] = []): Costs {
  return {
    spend: {
      from: '2026-11-23T08:00:00.000Z',
      to: '2026-11-23T09:00:00.000Z',
      totalUsd: '11.623496789012',
      lines: LINES,
      others: { lines: 0, usd: '0' },
      coverage: { parked: 0, unmetered: [], share: 0.66669 },
      bookedUpTo: '2026-11-23T08:30:12.000Z',
      ...over,
    },
    budgets,
    raw: { spend: {}, budgets: {} },
  }
}

const BUDGETS = [
  budgetOf('prod/shop/checkout', {
    phase: 'throttled',
    admit: 0.25,
    usedPercent: 128,
    figures: { limitUsd: '500', rollingUsd: '640', pace: 1440.25 },
    flag: { admit: 0.25, until: '2026-11-23T09:12:00.000Z' },
  }),
  budgetOf('prod/shop/orders', { mode: 'shadow', phase: 'throttled', admit: 0.5, usedPercent: 63 }),
  budgetOf('prod/shop/recommend'),
  budgetOf('prod/shop/new', { usedPercent: null, judgedUpTo: null }),
]

describe('top', () => {
  it('shows who drives the hour, and how the budgets stand', () => {
    expect(`\n${drawTop(costsOf({}, BUDGETS), SCREEN)}\n`).toBe(`
$11.6235 (66 % covered) from 2026-11-23T08:00Z to 09:00Z, booked up to 08:30:12

SERVICE              COMMIT   OPERATION                   SPANS      USD  SHARE
prod/shop/checkout   fffffff  POST /checkout               1234   9.1235   78 %
prod/shop/recommend  a1b2c3d  chat amazon.nova-lite-v1:0     80   2.5000   22 %
prod/shop/orders     a1b2c3d  DynamoDB.GetItem orders         7  <0.0001    0 %

BUDGETS              USED            LIMIT    PACE  GATE
prod/shop/checkout   ████████ 128 %   $500  1,440x  throttled: 25 % to 09:12Z
prod/shop/orders     █████░░░ 63 %    $500    0.8x  throttled: 50 % (shadow)
prod/shop/recommend  █░░░░░░░ 20 %    $500    0.8x  within
prod/shop/new        ░░░░░░░░                       not judged yet
`)
  })

  it('leaves out the columns that were not asked for', () => {
    const lines = [{ service: 'prod/shop/checkout', usd: '9', count: 12 }]
    expect(drawTop(costsOf({ lines, totalUsd: '9' }), SCREEN)).toContain(
      'SERVICE             REQUESTS     USD  SHARE\nprod/shop/checkout        12  9.0000  100 %',
    )
  })

  it('says how many spans are not in the figures, and what says why, on two lines at most', () => {
    const unmetered = [{ attribute: 'gen_ai.usage.input_tokens', spans: 4 }]
    const gaps = { coverage: { parked: 9, unmetered, share: 0.5 } }
    expect(drawTop(costsOf(gaps), SCREEN)).toMatch(
      /\nNot in these figures: 9 spans wait for a price, 4 do not say how much \(tollgate\ncoverage\)$/,
    )
    const drawn = drawTop(costsOf({ ...gaps, lines: Array.from({ length: 90 }, () => LINES).flat() }, BUDGETS), SCREEN)
    expect(drawn.split('\n')).toHaveLength(SCREEN.height)
  })

  it('says what the smoke test spent, and how to see it, where that is in no figure', () => {
    const leftOut = { service: 'tollgate/smoke', usd: '0.01' }
    expect(drawTop(costsOf({ leftOut }), SCREEN)).toMatch(
      /\nNot in these figures: \$0\.0100 of tollgate\/smoke \(--smoke\)$/,
    )
    expect(drawTop(costsOf({ leftOut: null }), SCREEN)).not.toContain('Not in these figures')
  })

  it('fits the screen, however much there is, and counts what it hides', () => {
    const lines = Array.from({ length: 200 }, (_, at) => ({
      service: `prod/shop/${'long-name-'.repeat(5)}${at}`,
      commit: '0123456789abcdef'.repeat(3),
      operation: `GET /api/${'segment/'.repeat(20)}${at}`,
      usd: '0.01',
      count: 123_456_789,
    }))
    const budgets = Array.from({ length: 50 }, (_, at) => budgetOf(`prod/${'long-name-'.repeat(5)}${at}`))
    const costs = costsOf({ lines, others: { lines: 30, usd: '0.3' }, totalUsd: '2.3' }, budgets)
    for (const screen of [SCREEN, { ...SCREEN, width: 120, height: 50 }, { ...SCREEN, height: 12 }]) {
      const drawn = drawTop(costs, screen).split('\n')
      expect(drawn.length).toBeLessThanOrEqual(screen.height)
      expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(screen.width)
    }
    expect(drawTop(costs, SCREEN)).toMatch(/and 221 more, \$2\.2100\n/)
    expect(drawTop(costs, SCREEN)).toContain('BUDGETS (8 of 50)')
  })

  it('lets no escape sequence of a stranger reach the terminal', () => {
    const lines = [{ service: '\x1b[2Jevil', commit: 'a\nb', operation: 'GET \x07/\u202e', usd: '1', count: 1 }]
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(drawTop(costsOf({ lines }), SCREEN)).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/)
  })

  it('says so when nothing is booked yet', () => {
    const drawn = drawTop(
      costsOf({ lines: [], totalUsd: '0', bookedUpTo: null, coverage: { parked: 0, unmetered: [], share: null } }),
      SCREEN,
    )
    expect(drawn).toContain('$0.0000 from 2026-11-23T08:00Z to 09:00Z, nothing booked yet')
  })

  it('colours the throttled red and what is only warned yellow', () => {
    const paint: Screen['paint'] = (style, line) => `<${style}>${line}`
    const drawn = drawTop(costsOf({}, BUDGETS), { ...SCREEN, paint })
    expect(drawn).toMatch(/<red>prod\/shop\/checkout/)
    expect(drawn).toMatch(/<yellow>prod\/shop\/orders/)
    expect(drawn).toMatch(/\nprod\/shop\/recommend/)
  })
})
