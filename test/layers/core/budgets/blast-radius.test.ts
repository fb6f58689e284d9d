import { describe, expect, it } from 'vitest'
import { type Judged, withinBlastRadius } from '../../../../layers/core/budgets/blast-radius.ts'
import type { BudgetState } from '../../../../layers/core/budgets/state.ts'
import { blastRadiusSchema } from '../../../../layers/core/configuration.ts'
import { type EpochMs, type Minute, minuteOf } from '../../../../layers/core/time/instants.ts'
import { stateOf } from '../../../functions/explore-costs/state-of.ts'

const NOON = Date.parse('2026-11-24T12:00Z') as EpochMs
const W = minuteOf(NOON) as Minute
const RADIUS = blastRadiusSchema.parse({})
const end = (NOON + 60_000) as EpochMs

const calm = (service: string): BudgetState => ({ ...stateOf(service, NOON), requests: 100 })
const hot = (service: string, pace: number, changes: Partial<BudgetState> = {}): Judged => {
  const before = calm(service)
  const figures = { ...before.figures, pace }
  const held = { phase: 'throttled', admit: 0.5, reason: `burns ${pace} times`, since: end, heldSince: end } as const
  return { before, after: { ...before, ...held, closed: W, figures, version: 5, ...changes }, isAllowed: false }
}
const others = (count: number): Judged[] =>
  Array.from({ length: count }, (_, n) => {
    const before = calm(`other-${n}`)
    return { before, after: { ...before, closed: W, version: 5 }, isAllowed: false }
  })
const throttledOf = (judged: readonly Judged[]): string[] =>
  judged.filter(({ after }) => after.phase === 'throttled').map(({ after }) => after.service)
const hots = (paces: readonly number[]): Judged[] => paces.map((pace, n) => hot(`hot-${n}`, pace))

describe('the blast radius', () => {
  it('lets at least three services be throttled, the hottest first, and holds the others back', () => {
    const decided = withinBlastRadius([...hots([5, 9, 7, 6, 8]), ...others(3)], [], RADIUS, W)
    expect(throttledOf(decided)).toEqual(['hot-1', 'hot-2', 'hot-4'])
    expect(decided[0]?.after).toMatchObject({
      phase: 'warned',
      admit: 1,
      heldSince: null,
      heldBack: 'burns 5 times',
      reason:
        "is held back by blast radius: without a person's word at most 3 services may be newly throttled within 10 minutes. It burns 5 times",
    })
    expect(decided[1]?.after).toMatchObject({ admit: 0.5, refusedSince: end, reason: 'burns 9 times' })
  })

  it('lets a quarter of many services be throttled', () => {
    const decided = withinBlastRadius([...hots([9, 8, 7, 6, 5, 4]), ...others(14)], [], RADIUS, W)
    expect(throttledOf(decided)).toHaveLength(5)
  })

  it('counts those newly throttled in the ten minutes before, and those alone', () => {
    const holding = (service: string, minutesAgo: number): Judged => {
      const one = hot(service, 1)
      const held = { phase: 'throttled', admit: 0.5, refusedSince: (end - minutesAgo * 60_000) as EpochMs } as const
      return { ...one, before: { ...one.before, ...held } }
    }
    const of = (minutesAgo: number) =>
      throttledOf(
        withinBlastRadius([holding('a', minutesAgo), holding('b', minutesAgo), ...hots([9, 8])], [], RADIUS, W),
      )
    expect(of(9)).toEqual(['a', 'b', 'hot-0'])
    expect(of(10)).toEqual(['a', 'b', 'hot-0', 'hot-1'])
  })

  it('decides the same after a closer that crashed between its writes, wherever that was', () => {
    const all = hots([5, 9, 7, 6, 8])
    const once = withinBlastRadius(all, [], RADIUS, W)
    for (let cut = 0; cut <= all.length; cut += 1) {
      const written = once.slice(0, cut).map(({ after }) => after)
      const rest = withinBlastRadius(all.slice(cut), written, RADIUS, W)
      expect([...written, ...rest.map(({ after }) => after)]).toEqual(once.map(({ after }) => after))
    }
  })

  it('holds nobody back whom a person allows, nobody in shadow, and nobody who is throttled already', () => {
    const crowd = hots([9, 8, 7])
    const allowed = { ...hot('allowed', 5), isAllowed: true }
    const shadow = hot('shadow', 4, { mode: 'shadow' })
    const before = { ...calm('old'), phase: 'throttled', admit: 0.6, refusedSince: NOON } as const
    const old = { ...hot('old', 3), before: { ...before, refusedSince: (NOON - 3_600_000) as EpochMs } }
    expect(throttledOf(withinBlastRadius([...crowd, allowed, shadow, old], [], RADIUS, W))).toHaveLength(6)
  })

  it('takes those in that are to be enforced only now', () => {
    const [one] = hots([9])
    if (one === undefined) throw new Error('none')
    const inShadow = (service: string): Judged => ({
      ...one,
      before: { ...one.before, service, phase: 'throttled', mode: 'shadow', admit: 0.5 },
      after: { ...one.after, service },
    })
    expect(throttledOf(withinBlastRadius(['a', 'b', 'c', 'd'].map(inShadow), [], RADIUS, W))).toEqual(['a', 'b', 'c'])
  })

  it('keeps why a service would be throttled while nothing new is to be said', () => {
    const [, , , back] = withinBlastRadius(hots([9, 8, 7, 6]), [], RADIUS, W)
    if (back === undefined) throw new Error('none')
    const silent: Judged = {
      ...back,
      before: back.after,
      after: { ...back.after, phase: 'throttled', heldBack: undefined, admit: 0.5 },
    }
    const [allowed] = withinBlastRadius([silent], [], RADIUS, W)
    expect(allowed?.after).toMatchObject({ phase: 'throttled', reason: 'burns 6 times' })
    const still = { ...silent, after: { ...silent.after, admit: 1 } }
    expect(withinBlastRadius([still], [], RADIUS, W)[0]?.after).toMatchObject({
      phase: 'warned',
      heldBack: 'burns 6 times',
    })
  })

  it('holds back more than a configured share of traffic, but never the first service', () => {
    const radius = { ...RADIUS, traffic: 0.5 }
    const big = hot('big', 9, { requests: 900 })
    const small = hot('small', 8, { requests: 100 })
    expect(throttledOf(withinBlastRadius([big, small, ...others(1)], [], radius, W))).toEqual(['big'])
    expect(throttledOf(withinBlastRadius([...hots([9, 8]), ...others(2)], [], radius, W))).toHaveLength(2)
  })

  it('leaves alone what was not judged', () => {
    const before = calm('idle')
    const [one] = withinBlastRadius([{ before, after: before, isAllowed: false }], [], RADIUS, W)
    expect(one?.after).toBe(before)
  })
})
