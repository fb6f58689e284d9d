import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LedgerRow, ParkedRow } from '../../../../layers/core/ledger/row.ts'
import {
  coveredRange,
  DIMENSIONS,
  type Dimension,
  hoursOf,
  spendReport,
} from '../../../../layers/core/ledger/spend-report.ts'
import { formatUsd, type Picodollars } from '../../../../layers/core/money/picodollars.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { type EpochMs, type Hour, hourOf, startOfHour } from '../../../../layers/core/time/instants.ts'

const HOUR = hourOf(Date.UTC(2026, 10, 23, 8) as EpochMs)
const at = (minute: number, hour = HOUR): EpochMs => (startOfHour(hour) + minute * 60_000) as EpochMs

/** A row whose minutes and operations hold the same money, as the ledger books it. */
function rowOf(over: Partial<LedgerRow> & Pick<LedgerRow, 'service' | 'operations'>, minute = 7): LedgerRow {
  const cost = over.operations.reduce((sum, operation) => sum + operation.cost, 0n) as Picodollars
  return {
    hour: HOUR,
    commit: 'a1b2c3d',
    shard: 'k3f9.0',
    fence: { offset: 9, timestampMs: at(8) },
    minutes: [{ minute, cost, entryRequests: 3 }],
    usage: [],
    outcomes: [],
    ...over,
  }
}

const operation = (name: string, cost: bigint, spans = 1) => ({ operation: name, cost: cost as Picodollars, spans })
const ask = (by: readonly Dimension[], from = at(0), to = at(60), limit = 100) => ({ by, from, to, limit })

const CHECKOUT = rowOf({ service: 'checkout', operations: [operation('GET /a', 5n), operation('GET /b', 7n)] })
const CHECKOUT_OTHER_SHARD = rowOf({ service: 'checkout', shard: 'k3f9.1', operations: [operation('GET /a', 10n, 4)] })
const CHECKOUT_DEPLOYED = rowOf({ service: 'checkout', commit: 'fffffff', operations: [operation('GET /a', 100n)] }, 30)
const ORDERS = rowOf({ service: 'orders', operations: [operation('GET /o', 50n)] })
const ROWS = [CHECKOUT, CHECKOUT_OTHER_SHARD, CHECKOUT_DEPLOYED, ORDERS]

const PARKED: ParkedRow = {
  service: 'orders',
  hour: HOUR,
  commit: 'c',
  shard: 's.0',
  minute: 7,
  fence: { offset: 1, timestampMs: at(8) },
  usage: [
    { operation: 'GET /a', sku: 'x@us-east-1' as Sku, quantity: 4n, spans: 2 },
    { operation: 'GET /b', sku: 'x@us-east-1' as Sku, quantity: 5n, spans: 1 },
  ],
}

describe('the spend report', () => {
  it('sums shards and commits into services, the largest first', () => {
    const report = spendReport(ROWS, [], ask(['service']))
    expect(report.lines).toEqual([
      { service: 'checkout', usd: formatUsd(122n), count: 9 },
      { service: 'orders', usd: formatUsd(50n), count: 3 },
    ])
    expect(report).toMatchObject({ totalUsd: formatUsd(172n), others: { lines: 0, usd: '0' } })
  })

  it("leaves a service that is nobody's spend out of lines, total, coverage and parked usage, and says what it spent", () => {
    const outcomes = [{ outcome: 'booked', spans: 2 } as const]
    const test = rowOf({ service: 'a/test', outcomes, operations: [operation('GET /t', 9n)] })
    const waits: ParkedRow = { ...PARKED, service: 'a/test' }
    for (const by of [['service'], ['service', 'operation']] as const) {
      const report = spendReport([test, ...ROWS, test], [waits], { ...ask(by), leavesOut: 'a/test' })
      expect(report).toEqual({ ...spendReport(ROWS, [], ask(by)), leftOut: { service: 'a/test', usd: formatUsd(18n) } })
    }
    expect(spendReport(ROWS, [], { ...ask(['service']), leavesOut: 'a/test' }).leftOut).toBeNull()
    expect(spendReport([test], [], ask(['service']))).toMatchObject({ totalUsd: formatUsd(9n), leftOut: null })
  })

  it('tells commits apart, and commits with operations', () => {
    expect(spendReport(ROWS, [], ask(['service', 'commit'])).lines.map((line) => [line.commit, line.usd])).toEqual([
      ['fffffff', formatUsd(100n)],
      ['a1b2c3d', formatUsd(50n)],
      ['a1b2c3d', formatUsd(22n)],
    ])
    expect(spendReport(ROWS, [], ask(['service', 'commit', 'operation'])).lines).toContainEqual({
      service: 'checkout',
      commit: 'a1b2c3d',
      operation: 'GET /a',
      usd: formatUsd(15n),
      count: 5,
    })
  })

  it('is a series where hours are told apart: a line for each hour of a service, which sum to the same total', () => {
    const later = rowOf({ service: 'orders', hour: (HOUR + 1) as Hour, operations: [operation('GET /o', 60n)] })
    const report = spendReport([...ROWS, later], [], ask(['service', 'hour'], at(0), at(120)))
    expect(report.lines).toEqual([
      { service: 'checkout', hour: '2026-11-23T08:00:00.000Z', usd: formatUsd(122n), count: 9 },
      { service: 'orders', hour: '2026-11-23T09:00:00.000Z', usd: formatUsd(60n), count: 3 },
      { service: 'orders', hour: '2026-11-23T08:00:00.000Z', usd: formatUsd(50n), count: 3 },
    ])
    expect(report.totalUsd).toBe(formatUsd(232n))
  })

  it('counts money by the minute for services and commits', () => {
    const report = spendReport(ROWS, [], ask(['service'], at(7), at(8)))
    expect(report).toMatchObject({
      totalUsd: formatUsd(72n),
      from: '2026-11-23T08:07:00.000Z',
      to: '2026-11-23T08:08:00.000Z',
    })
  })

  it('covers whole hours where operations are told apart, and says so', () => {
    const report = spendReport(ROWS, [], ask(['service', 'operation'], at(7), at(8)))
    expect(report).toMatchObject({
      totalUsd: formatUsd(172n),
      from: '2026-11-23T08:00:00.000Z',
      to: '2026-11-23T09:00:00.000Z',
    })
  })

  it('keeps the total whole where a limit leaves lines out', () => {
    const report = spendReport(ROWS, [], ask(['service', 'operation'], at(0), at(60), 1))
    expect(report.lines).toHaveLength(1)
    expect(report).toMatchObject({ totalUsd: formatUsd(172n), others: { lines: 2, usd: formatUsd(57n) } })
  })

  it('sums to the same total by every dimension, to the digit', () => {
    fc.assert(
      fc.property(fc.array(ledgerRow(), { maxLength: 12 }), (rows) => {
        const total = rows.reduce((sum, row) => sum + row.minutes.reduce((of, minute) => of + minute.cost, 0n), 0n)
        for (const by of DIMENSIONS) {
          const report = spendReport(rows, [], ask([...new Set<Dimension>(['service', by])], at(0), at(60), 3))
          expect(report.totalUsd).toBe(formatUsd(total))
        }
      }),
    )
  })

  it('answers the same for the same rows in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(ROWS, { minLength: ROWS.length }), (rows) => {
        expect(spendReport(rows, [], ask([...DIMENSIONS]))).toEqual(spendReport(ROWS, [], ask([...DIMENSIONS])))
      }),
    )
  })

  it('shows parked usage of the range beside the money, by service and SKU', () => {
    const parked = PARKED
    const later = { ...parked, minute: 50 }
    expect(spendReport(ROWS, [parked, later], ask(['service'], at(0), at(10))).parked).toEqual([
      { service: 'orders', sku: 'x@us-east-1', quantity: '9', spans: 3 },
    ])
  })

  it('counts what became of the spans, with what should have been metered', () => {
    const outcomes = [
      { outcome: 'booked', spans: 10 },
      { outcome: 'parked', spans: 2 },
      { outcome: 'inner', spans: 5 },
      { outcome: 'no-meter', spans: 1 },
      { outcome: 'unmetered:gen_ai.usage.input_tokens', spans: 4 },
    ]
    const { coverage } = spendReport(
      [
        { ...ORDERS, outcomes },
        { ...CHECKOUT, outcomes },
      ],
      [],
      ask(['service']),
    )
    expect(coverage).toMatchObject({
      booked: 20,
      parked: 4,
      inner: 10,
      noMeter: 2,
      unmetered: [{ attribute: 'gen_ai.usage.input_tokens', spans: 8 }],
      share: 0.625,
    })
  })

  it('says of nothing that should cost something no share, and never all of it where a gap is left', () => {
    const shareOf = (outcomes: LedgerRow['outcomes']) =>
      spendReport([{ ...ORDERS, outcomes }], [], ask(['service'])).coverage.share
    expect(shareOf([{ outcome: 'inner', spans: 10 }])).toBeNull()
    expect(shareOf([{ outcome: 'booked', spans: 10 }])).toBe(1)
    const almost = [
      { outcome: 'booked', spans: 999_999 },
      { outcome: 'parked', spans: 1 },
    ]
    expect(shareOf(almost)).toBe(0.9999)
  })

  it('says up to which record the ledger was booked, and null of an empty one', () => {
    expect(spendReport(ROWS, [], ask(['service'])).bookedUpTo).toBe('2026-11-23T08:08:00.000Z')
    expect(spendReport([], [], ask(['service'])).bookedUpTo).toBeNull()
  })
})

describe('the range of a report', () => {
  it('is whole minutes that hold what was asked, and no more', () => {
    expect(coveredRange({ from: (at(3) + 1) as EpochMs, to: (at(4) + 1) as EpochMs }, ['service'])).toEqual({
      from: at(3),
      to: at(5),
    })
    expect(coveredRange({ from: at(3), to: at(4) }, ['service'])).toEqual({ from: at(3), to: at(4) })
  })

  it('needs the hours that hold it', () => {
    expect(hoursOf({ from: at(0), to: at(60) })).toEqual([HOUR])
    expect(hoursOf({ from: at(59), to: (at(60) + 1) as EpochMs })).toEqual([HOUR, (HOUR + 1) as Hour])
  })
})

function ledgerRow(): fc.Arbitrary<LedgerRow> {
  const name = fc.constantFrom('a', 'b', 'c')
  const operations = fc.uniqueArray(fc.tuple(name, fc.bigInt(0n, 10n ** 15n)), { selector: ([of]) => of, maxLength: 3 })
  return fc
    .tuple(name, name, operations, fc.nat(59))
    .map(([service, commit, of, minute]) =>
      rowOf({ service, commit, operations: of.map(([called, cost]) => operation(called, cost)) }, minute),
    )
}
