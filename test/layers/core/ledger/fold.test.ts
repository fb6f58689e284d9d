import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addSpans, foldedRecord } from '../../../../layers/core/ledger/fold.ts'
import { createFold, type Fold } from '../../../../layers/core/ledger/fold-rows.ts'
import type { FoldedRow } from '../../../../layers/core/ledger/folded-record.ts'
import { createLines, type Lines, lineOf } from '../../../../layers/core/ledger/lines.ts'
import { type RatedAlike, usageKey } from '../../../../layers/core/ledger/rated-alike.ts'
import type { Sku } from '../../../../layers/core/rating/usage.ts'
import { type EpochMs, MS_PER_HOUR, MS_PER_MINUTE } from '../../../../layers/core/time/instants.ts'

const HOUR = 494_000
const REQUEST = 'aws/lambda/request@us-east-1' as Sku

const ratedWith = (skus: readonly Sku[]): RatedAlike => ({
  ...{ entry: true, frontDoor: false, uncharged: undefined, weight: 1 },
  ...{ skus, key: usageKey(skus) },
})

interface Sent {
  readonly service: string
  readonly commit: string
  readonly operation: string
  /** Minutes after the hour. */
  readonly minute: number
  readonly quantity: number
}

const sent = (over: Partial<Sent> = {}): Sent => ({
  ...{ service: 'shop', commit: 'c1', operation: 'GET /a', minute: 7, quantity: 3 },
  ...over,
})

function add(fold: Fold, lines: Lines, { service, commit, operation, minute, quantity }: Sent): void {
  const endMs = (HOUR * MS_PER_HOUR + minute * MS_PER_MINUTE) as EpochMs
  addSpans(fold, lineOf(lines, { service, commit }, operation), endMs, ratedWith([REQUEST]), 1, [quantity])
}

function rowsOf(all: readonly Sent[], lines = createLines()): readonly FoldedRow[] {
  const fold = createFold(lines)
  for (const each of all) add(fold, lines, each)
  return foldedRecord(fold).rows
}

/** What was used, by row, operation and minute. */
function totalsOf(rows: readonly FoldedRow[]): Map<string, bigint> {
  const totals = new Map<string, bigint>()
  for (const { service, hour, commit, operations } of rows) {
    for (const { operation, minutes } of operations) {
      for (const { minute, groups } of minutes) {
        const name = [service, commit, hour - HOUR, operation, minute].join(' ')
        expect(totals.has(name)).toBe(false)
        totals.set(name, BigInt(groups[0]?.quantities[0] ?? 0))
      }
    }
  }
  return totals
}

const few = (letter: string, count: number) => fc.nat(count - 1).map((number) => `${letter}${number}`)

/** Names within a record's bounds; `*` is one that a stranger may send. */
const anySent: fc.Arbitrary<Sent> = fc.record({
  service: few('s', 3),
  commit: fc.oneof(few('c', 3), fc.constant('*')),
  operation: fc.oneof(few('op', 8), fc.constant('*')),
  minute: fc.integer({ min: 0, max: 130 }),
  quantity: fc.oneof(fc.nat(1000), fc.integer({ min: 2 ** 50, max: 2 ** 53 - 1 })),
})

describe('a record that is folded', () => {
  it('is the sum of its spans by service, commit, hour, operation and minute, whatever was folded before under the same lines', () => {
    const lines = createLines()
    fc.assert(
      fc.property(fc.array(anySent, { maxLength: 60 }), (all) => {
        const expected = new Map<string, bigint>()
        for (const { service, commit, operation, minute, quantity } of all) {
          const name = [service, commit, Math.floor(minute / 60), operation, minute % 60].join(' ')
          expected.set(name, (expected.get(name) ?? 0n) + BigInt(quantity))
        }
        expect(totalsOf(rowsOf(all, lines))).toEqual(expected)
      }),
    )
  })

  it('names 63 operations of a service, in all of its rows together, and adds up the others under *', () => {
    const all = Array.from({ length: 100 }, (_, number) =>
      sent({ operation: `op ${number}`, commit: `c${number % 2}` }),
    )
    const [even, odd] = rowsOf([...all, ...all])
    const names = [...(even?.operations ?? []), ...(odd?.operations ?? [])].map(({ operation }) => operation)
    expect(names.filter((name) => name !== '*')).toEqual(
      expect.arrayContaining(Array.from({ length: 63 }, (_, number) => `op ${number}`)),
    )
    expect(names.filter((name) => name !== '*')).toHaveLength(63)
    expect(names.filter((name) => name === '*')).toHaveLength(2)
    const used = [even, odd].flatMap((row) => row?.operations ?? []).flatMap(({ minutes }) => minutes)
    expect(used.reduce((sum, { spans }) => sum + spans, 0)).toBe(200)
  })

  it('gives an operation that a service has named already its name in every row', () => {
    const first = Array.from({ length: 63 }, (_, number) => sent({ operation: `op ${number}` }))
    const rows = rowsOf([
      ...first,
      sent({ operation: 'op 5', commit: 'c2' }),
      sent({ operation: 'op 64', commit: 'c2' }),
    ])
    expect(rows[1]?.operations.map(({ operation }) => operation)).toEqual(['op 5', '*'])
  })

  it('adds what finds no room to an operation that is really called *, whichever of its rows named that first', () => {
    const named = ['*', ...Array.from({ length: 62 }, (_, number) => `op ${number}`)]
    const rows = rowsOf([
      ...named.map((operation) => sent({ operation })),
      sent({ operation: 'op 70', commit: 'c2' }),
      sent({ operation: '*', commit: 'c2' }),
    ])
    expect(rows[1]?.operations.map(({ operation, minutes }) => [operation, minutes[0]?.spans])).toEqual([['*', 2]])
  })

  it('names eight commits of a service and adds up the others under *, with what is really called so', () => {
    const all = Array.from({ length: 12 }, (_, number) => sent({ commit: `c${number}` }))
    const rows = rowsOf([...all, ...all, sent({ commit: '*' })])
    expect(rows.map(({ commit }) => commit)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', '*'])
    expect(rows.at(-1)?.operations.map(({ operation, minutes }) => [operation, minutes[0]?.spans])).toEqual([
      ['GET /a', 9],
    ])
  })

  it('names 500 services and adds up the others under *, with what is really called so', () => {
    const all = Array.from({ length: 510 }, (_, number) => sent({ service: `s${number}` }))
    const rows = rowsOf([...all, sent({ service: '*' })])
    expect(rows).toHaveLength(501)
    expect(rows.at(-1)?.service).toBe('*')
    expect(rows.at(-1)?.operations.map(({ minutes }) => minutes[0]?.spans)).toEqual([11])
  })

  it('has three hours of a service, and takes what is of another to the nearest edge', () => {
    const rows = rowsOf([
      sent(),
      sent({ minute: 67 }),
      sent({ minute: 127 }),
      sent({ minute: 247 }),
      sent({ minute: -50 }),
    ])
    expect(
      rows.map(({ hour, operations }) => [hour - HOUR, operations[0]?.minutes.map(({ minute }) => minute)]),
    ).toEqual([
      [0, [7, 0]],
      [1, [7]],
      [2, [7, 59]],
    ])
  })

  it('gives what finds no room among 100 SKUs of a service to its meter, and says which it was', () => {
    const lines = createLines()
    const fold = createFold(lines)
    for (let number = 0; number < 103; number += 1) {
      const rated = ratedWith([`rate/shop/op ${number}` as Sku])
      addSpans(fold, lineOf(lines, { service: 'shop', commit: 'c1' }, 'GET /a'), 0 as EpochMs, rated, 1, [5])
    }
    const { rows, crowdedOut } = foldedRecord(fold)
    const groups = rows[0]?.operations[0]?.minutes[0]?.groups ?? []
    expect(groups).toHaveLength(101)
    expect(groups.at(-1)).toMatchObject({ skus: ['unknown/rate'], quantities: [15], received: 3 })
    expect(crowdedOut).toEqual(['shop: rate/shop/op 100', 'shop: rate/shop/op 101', 'shop: rate/shop/op 102'])
  })
})
