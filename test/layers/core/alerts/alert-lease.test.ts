import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AlertBeingSent,
  type AlertLease,
  claimAlert,
  freedLease,
  type StateChange,
  settledLease,
} from '../../../../layers/core/alerts/alert-lease.ts'
import type { BudgetState, Phase } from '../../../../layers/core/budgets/state.ts'
import type { EpochMs } from '../../../../layers/core/time/instants.ts'
import { later } from '../../../functions/budget-changes.ts'
import { stateOf } from '../../../functions/explore-costs/state-of.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z') as EpochMs
const MINUTE = 60_000
const at = (minute: number): EpochMs => (NOON + minute * MINUTE) as EpochMs

/** The changes of a service that goes through these phases, a window each, from within its budget. */
function changesOf(phases: readonly Phase[]): StateChange[] {
  let before: BudgetState = stateOf('prod/cart', NOON)
  return phases.map((phase) => {
    const after = later(before, { phase })
    const change = { before, after }
    before = after
    return change
  })
}

/** Delivers changes, one a minute, and sends what they call for. */
function deliver(
  changes: readonly StateChange[],
  lease?: AlertLease,
): { sent: string[]; lease: AlertLease | undefined } {
  const sent: string[] = []
  let stored = lease
  for (const [minute, change] of changes.entries()) {
    const claimed = claimAlert(stored, change, at(minute))
    if (claimed === undefined) continue
    sent.push(claimed.sending.id)
    stored = settledLease(claimed, claimed.sending, change.after, at(minute))
  }
  return { sent, lease: stored }
}

const phase = fc.constantFrom<Phase>('within', 'warned', 'throttled', 'releasing')
const kindOf = (id: string): string => id.split('#')[2] ?? ''

describe('the alerts of a service', () => {
  it('are the same however often a change is repeated', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(phase, fc.integer({ min: 1, max: 3 })), { maxLength: 20 }), (life) => {
        const changes = changesOf(life.map(([each]) => each))
        const repeated = changes.flatMap((change, i) => Array<StateChange>(life[i]?.[1] ?? 1).fill(change))
        expect(deliver(repeated).sent).toEqual(deliver(changes).sent)
      }),
      { seed: 11 },
    )
  })

  it('tell of a judgement that closed no window, and still nothing twice', () => {
    const [warned, throttled] = changesOf(['warned', 'throttled'])
    if (warned === undefined || throttled === undefined) throw new Error('two changes')
    const early = { before: warned.after, after: { ...throttled.after, closed: warned.after.closed } }
    const kinds = deliver([warned, early, warned, early]).sent.map(kindOf)
    expect(kinds).toEqual(['warned', 'throttled'])
  })

  it('never tell the same twice, nor go back in time, in whatever order changes arrive', () => {
    const shuffled = fc
      .array(phase, { minLength: 1, maxLength: 20 })
      .map(changesOf)
      .chain((changes) => fc.array(fc.constantFrom(...changes), { maxLength: 60 }))
    fc.assert(
      fc.property(shuffled, (deliveries) => {
        const { sent } = deliver(deliveries)
        const windows = sent.map((id) => Number(id.split('#')[1]))
        expect(windows).toEqual([...new Set(windows)].sort((a, b) => a - b))
      }),
      { seed: 11 },
    )
  })

  it('always tell where a throttle begins and ends', () => {
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 40 }), (phases) => {
        const isHeld = (each: Phase | undefined): boolean => each === 'throttled' || each === 'releasing'
        const edges = phases.filter((each, i) => isHeld(each) !== isHeld(phases[i - 1]))
        const told = deliver(changesOf(phases)).sent.map(kindOf)
        const ends = edges.filter((each) => !isHeld(each))
        expect(told.filter((kind) => kind === 'released')).toHaveLength(ends.length)
        expect(told.filter((kind) => kind === 'throttled').length).toBeGreaterThanOrEqual(
          edges.filter((each) => each === 'throttled').length,
        )
      }),
      { seed: 11 },
    )
  })

  it('tell of its turns at most once an hour', () => {
    const turns = Array.from({ length: 59 }, (_, i): Phase => (i % 2 === 0 ? 'throttled' : 'releasing'))
    expect(deliver(changesOf(turns)).sent.map(kindOf)).toEqual(['throttled', 'releasing', 'tightened'])
  })

  it('remind after an hour of a phase, and not of a calm one', () => {
    const held = changesOf(Array<Phase>(122).fill('warned'))
    expect(deliver(held).sent.map(kindOf)).toEqual(['warned', 'reminder', 'reminder'])
    const calm = changesOf(['warned', ...Array<Phase>(122).fill('within')])
    expect(deliver(calm).sent.map(kindOf)).toEqual(['warned', 'eased'])
  })
})

describe('the lease of an alert', () => {
  const [change] = changesOf(['throttled']) as [StateChange]
  const taken = claimAlert(undefined, change, NOON)

  it('keeps others away until it ends, and then gives them the id of what was cut off', () => {
    expect(() => claimAlert(taken, change, (NOON + 14_999) as EpochMs)).toThrow(AlertBeingSent)
    expect(claimAlert(taken, change, (NOON + 15_000) as EpochMs)?.sending.id).toBe(taken?.sending.id)
  })

  it('gives the id also to the next change that calls for the same', () => {
    const next = { before: change.after, after: later(change.after) }
    expect(claimAlert(taken, next, at(1))?.sending.id).toBe(taken?.sending.id)
  })

  it('is free at once when sending failed', () => {
    if (taken === undefined) throw new Error('no lease was taken')
    expect(claimAlert(freedLease(taken), change, NOON)?.sending.id).toBe(taken.sending.id)
  })
})
