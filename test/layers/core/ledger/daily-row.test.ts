import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_OPERATIONS, MAX_SKUS } from '../../../../layers/core/ledger/counters.ts'
import { asLedgerRow, rollUpDay } from '../../../../layers/core/ledger/daily-row.ts'
import { decodeTotals, encodeTotals } from '../../../../layers/core/ledger/daily-row-codec.ts'
import type { LedgerRow } from '../../../../layers/core/ledger/row.ts'
import type { Picodollars } from '../../../../layers/core/money/picodollars.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { type Day, hoursOfDay, parseDay } from '../../../../layers/core/time/days.ts'
import type { EpochMs, Hour } from '../../../../layers/core/time/instants.ts'

const DAY = parseDay('2026-11-23') as Day
const HOURS = hoursOfDay(DAY)

/** A row whose minutes and operations sum to the same money, as every row's do. */
const row = fc
  .record({
    hour: fc.constantFrom(...HOURS, ((HOURS[0] as number) - 1) as Hour, ((HOURS[23] as number) + 1) as Hour),
    commit: fc.constantFrom('a', 'b', 'unknown'),
    shard: fc.constantFrom('k3f9.0', 'k3f9.1'),
    costs: fc.array(fc.tuple(fc.nat(200), fc.bigInt(0n, 10n ** 20n), fc.nat(9)), { maxLength: 30 }),
    skus: fc.array(fc.tuple(fc.nat(250), fc.bigInt(0n, 10n ** 20n)), { maxLength: 30 }),
    spans: fc.nat(1000),
    at: fc.nat(1000),
  })
  .map(({ hour, commit, shard, costs, skus, spans, at }): LedgerRow => {
    return {
      ...{ service: 'a', hour, commit, shard, fence: { offset: 1, timestampMs: at as EpochMs } },
      minutes: costs.map(([minute, cost, entryRequests]) => ({
        minute: minute % 60,
        cost: cost as Picodollars,
        entryRequests,
      })),
      operations: costs.map(([operation, cost, spans]) => ({
        operation: operation === 7 ? '*' : `op ${operation}`,
        cost: cost as Picodollars,
        spans,
      })),
      usage: skus.map(([sku, quantity]) => ({ sku: `aws/x/${sku}` as Sku, quantity })),
      outcomes: [
        { outcome: 'booked', spans },
        { outcome: 'inner', spans: 1 },
      ],
    }
  })

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n)

describe('a rolled up day', () => {
  it('holds what its hours hold, commit by commit, and nothing of its neighbours', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        for (const daily of rollUpDay('a', DAY, rows)) {
          const own = rows.filter(({ hour, commit }) => HOURS.includes(hour) && commit === daily.commit)
          expect(daily.cost).toBe(sum(own.flatMap((one) => one.minutes.map(({ cost }) => cost))))
          expect(sum(daily.operations.map(({ cost }) => cost))).toBe(daily.cost)
          expect(sum(daily.usage.map(({ quantity }) => quantity))).toBe(
            sum(own.flatMap((one) => one.usage.map(({ quantity }) => quantity))),
          )
          const counts = own.flatMap((one) => one.outcomes.map(({ spans }) => spans)).reduce((a, b) => a + b, 0)
          expect(daily.outcomes.reduce((total, { spans }) => total + spans, 0)).toBe(counts)
          expect(daily.operations.length).toBeLessThanOrEqual(MAX_OPERATIONS)
          expect(daily.usage.length).toBeLessThanOrEqual(MAX_SKUS + 1)
        }
      }),
    )
  })

  it('is the same whatever order the rows were read in', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 20 }).chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows))),
        ([a, b]) => {
          expect(rollUpDay('a', DAY, a)).toEqual(rollUpDay('a', DAY, b))
        },
      ),
    )
  })

  it('keeps the most expensive operations by name, and the rest under *', () => {
    const cost = (n: number) => BigInt(n) as Picodollars
    const hourly = {
      ...{ service: 'a', hour: HOURS[5] as Hour, commit: 'c', shard: 'k3f9.0' },
      fence: { offset: 1, timestampMs: 1 as EpochMs },
      minutes: [{ minute: 0, cost: cost((70 * 71) / 2), entryRequests: 70 }],
      operations: Array.from({ length: 70 }, (_, i) => ({ operation: `op ${i + 1}`, cost: cost(i + 1), spans: 1 })),
      usage: [],
      outcomes: [],
    }
    const [daily] = rollUpDay('a', DAY, [hourly])
    expect(daily?.operations[0]).toEqual({ operation: 'op 70', cost: 70n, spans: 1 })
    expect(daily?.operations.at(-1)).toEqual({ operation: '*', cost: 28n, spans: 7 })
  })

  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 10 }), (rows) => {
        for (const daily of rollUpDay('a', DAY, rows)) {
          expect(decodeTotals('a', DAY, daily.commit, encodeTotals(daily))).toEqual(daily)
        }
      }),
    )
  })

  it('is told as one row of its first hour, with all of its money', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 10 }), (rows) => {
        for (const daily of rollUpDay('a', DAY, rows)) {
          const told = asLedgerRow(daily)
          expect(told.hour).toBe(HOURS[0])
          expect(sum(told.minutes.map(({ cost }) => cost))).toBe(daily.cost)
        }
      }),
    )
  })
})

const shuffled = <T>(list: T[]) => fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })
