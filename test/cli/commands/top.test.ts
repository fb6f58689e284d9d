import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SMOKE_SERVICE } from '../../../layers/core/identity/smoke-service.ts'
import type { LedgerRow } from '../../../layers/core/ledger/row.ts'
import { parseUsd } from '../../../layers/core/money/picodollars.ts'
import { createPriceBook } from '../../../layers/core/prices/price-book.ts'
import type { EpochMs, Hour } from '../../../layers/core/time/instants.ts'
import { stateOf } from '../../functions/explore-costs/state-of.ts'
import { startExplore } from '../explore-server.ts'
import { inOneLine, runTollgate } from '../run-tollgate.ts'

const NOW = Date.UTC(2026, 10, 23, 8, 30) as EpochMs

/** One row in whatever hour is asked for. */
function rowIn(service: string, hour: Hour): LedgerRow {
  const cost = parseUsd('1.25')
  return {
    service,
    hour,
    commit: 'a1b2c3d',
    shard: 'k3f9.0',
    fence: { offset: 1, timestampMs: NOW },
    minutes: [{ minute: 5, cost, entryRequests: 2 }],
    operations: [{ operation: 'GET /x', cost, spans: 2 }],
    usage: [],
    outcomes: [
      { outcome: 'booked', spans: 2 },
      { outcome: 'parked', spans: 1 },
    ],
  }
}

describe('tollgate top', () => {
  let system: Awaited<ReturnType<typeof startExplore>>
  let url = ''
  let isRemoved = true

  beforeAll(async () => {
    system = await startExplore({
      now: () => NOW,
      readHours: async (service, hours) => ({
        rows: isRemoved && service === SMOKE_SERVICE ? [] : hours.map((hour) => rowIn(service, hour)),
        parked: [],
      }),
      readStates: async () => [stateOf('prod/shop/checkout', NOW), stateOf(SMOKE_SERVICE, NOW)],
      readFlags: async () => [],
      readBook: async () => createPriceBook([], 'none'),
    })
    url = system.url
  })
  afterAll(() => system.close())

  const top = (...args: string[]) => runTollgate(['top', ...args])

  it('prints the hour as a table, without colours where no terminal reads it', async () => {
    const { code, out } = await top('--once', '--url', url)
    expect(code).toBe(0)
    expect(out).toBe(`$1.2500 (66 % covered) from 2026-11-23T08:00Z to 09:00Z, booked up to 08:30:00

SERVICE             COMMIT   OPERATION  SPANS     USD  SHARE
prod/shop/checkout  a1b2c3d  GET /x         2  1.2500  100 %

BUDGETS             USED           LIMIT  PACE  GATE
prod/shop/checkout  █░░░░░░░ 20 %   $500    1x  within
Not in these figures: 1 span waits for a price (tollgate coverage)
`)
  })

  it('does not show the smoke test among the services, unless asked; what it spent is said while its rows are there', async () => {
    isRemoved = false
    const { out } = await top('--once', '--url', url)
    expect(out).toContain('$1.2500 (66 % covered)')
    expect(out.match(/tollgate\/smoke/g)).toHaveLength(1)
    expect(inOneLine(out)).toContain('$1.2500 of tollgate/smoke (--smoke)')
    const asked = (await top('--once', '--smoke', '--url', url)).out
    expect(asked).toMatch(/^\$2\.5000 [\s\S]*\ntollgate\/smoke +a1b2c3d [\s\S]*\ntollgate\/smoke +█/)
    expect(asked).not.toContain('--smoke')
  })

  it('prints the exact answers as one JSON document', async () => {
    const { out } = await top('--once', '--json', '--url', `${url}/`)
    expect(JSON.parse(out)).toMatchObject({
      spend: { totalUsd: '1.25' },
      budgets: {
        asOf: '2026-11-23T08:30:00.000Z',
        budgets: [{ service: 'prod/shop/checkout', usedPercent: 20, figures: { windowUsd: '1' }, changes: [] }],
      },
    })
  })

  it('ends with 2 and what there is for a dimension that is none', async () => {
    const { code, error } = await top('--once', '--by', 'colour', '--url', url)
    expect(code).toBe(2)
    expect(inOneLine(error)).toMatch(
      /^tollgate: --by takes service, commit, operation.*, not "colour" \(tollgate COMMAND/,
    )
  })

  it('ends with 1 and says what to do where nothing answers, and with 2 where the address is none', async () => {
    const dead = await top('--once', '--url', 'http://127.0.0.1:9')
    expect(dead.code).toBe(1)
    expect(inOneLine(dead.error)).toContain('tollgate dev')
    expect(await top('--once', '--url', 'localhost')).toMatchObject({ code: 2, out: '' })
  })
})
