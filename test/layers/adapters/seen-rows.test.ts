import { describe, expect, it } from 'vitest'
import { seenRows } from '../../../layers/adapters/seen-rows.ts'
import { operationCounter } from '../../../layers/core/ledger/counters.ts'
import type { SeenRow } from '../../../layers/core/ledger/plan-update.ts'
import type { EpochMs } from '../../../layers/core/time/instants.ts'

/** A row with so many names: it weighs five more. */
const rowOf = (names: number, offset = 1): SeenRow => ({
  fence: { offset, timestampMs: 0 as EpochMs },
  named: new Set(Array.from({ length: names }, (_, i) => operationCounter(`op ${i}`))),
  unparked: new Map(),
})

describe('the rows that a writer has seen', () => {
  it('are bounded by their names, not by their number: the oldest go first', () => {
    const rows = seenRows(300)
    for (const name of ['a', 'b', 'c']) rows.set(name, rowOf(95))
    expect(['a', 'b', 'c'].filter((name) => rows.get(name) !== undefined)).toEqual(['a', 'b', 'c'])
    rows.set('small', rowOf(0))
    expect(['a', 'b', 'c', 'small'].filter((name) => rows.get(name) !== undefined)).toEqual(['b', 'c', 'small'])
    for (let i = 0; i < 50; i += 1) rows.set(`s${i}`, rowOf(0))
    expect([rows.get('c'), rows.get('s49')]).toEqual([undefined, rowOf(0)])
  })

  it('keep a row that is used, and count it once however often it changes', () => {
    const rows = seenRows(300)
    rows.set('a', rowOf(95))
    rows.set('b', rowOf(95))
    for (let offset = 1; offset <= 20; offset += 1) rows.set('a', rowOf(95, offset))
    rows.set('c', rowOf(95))
    rows.set('d', rowOf(95))
    expect(['a', 'b', 'c', 'd'].filter((name) => rows.get(name) !== undefined)).toEqual(['a', 'c', 'd'])
    rows.delete('a')
    rows.set('e', rowOf(95))
    expect(['c', 'd', 'e'].every((name) => rows.get(name) !== undefined)).toBe(true)
    expect(rows.get('d')?.fence?.offset).toBe(1)
  })

  it('keep the newest row though it alone is too large', () => {
    const rows = seenRows(300)
    rows.set('a', rowOf(95))
    rows.set('huge', rowOf(1_000))
    expect([rows.get('a'), rows.get('huge')?.named.size]).toEqual([undefined, 1_000])
  })
})
