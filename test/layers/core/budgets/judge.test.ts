import { describe, expect, it } from 'vitest'
import { NORMAL, simulate } from './simulated-service.ts'

/** How far into a minute a scenario starts, s. */
const PHASES = Array.from({ length: 20 }, (_, third) => third * 3)

describe('the judge', () => {
  it('throttles a retry loop that makes each request ten times as dear within 4.6 minutes, whenever it starts', () => {
    for (const phaseS of PHASES) {
      const { throttledAfterS } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 6, phaseS })
      expect(throttledAfterS, `phase ${phaseS} s`).toBeLessThanOrEqual(4.6 * 60)
    }
  })

  it('throttles a hundredfold one within 2.0 minutes, whenever it starts', () => {
    for (const phaseS of PHASES) {
      const { throttledAfterS } = simulate(() => ({ ...NORMAL, unitCost: 100 }), { minutes: 6, phaseS })
      expect(throttledAfterS, `phase ${phaseS} s`).toBeLessThanOrEqual(2 * 60)
    }
  })

  it('throttles recursion: as dear a request as ever, ten times as many for each one that the world makes', () => {
    const { throttledAfterS } = simulate(() => ({ ...NORMAL, requests: 10 }), { minutes: 12 })
    expect(throttledAfterS).toBeLessThanOrEqual(4.6 * 60)
  })

  it('lets a tenfold crowd of 90 minutes through that the budget covers, and warns', () => {
    const crowd = simulate((second) => (second < 90 * 60 ? { frontDoor: 10, requests: 10, unitCost: 1 } : NORMAL), {
      minutes: 180,
    })
    expect(crowd.lowestAdmit).toBe(1)
    expect(crowd.warnedAfterS).toBeLessThan(5 * 60)
  })

  it('lets a service at its usual pace alone', () => {
    const quiet = simulate(() => NORMAL, { minutes: 24 * 60 })
    expect(quiet.lowestAdmit).toBe(1)
    expect(quiet.warnedAfterS).toBeUndefined()
  })

  it('closes step by step and opens by tenths when the cause is gone', () => {
    const minutes = 60
    const { admits, last } = simulate((second) => ({ ...NORMAL, unitCost: second < 10 * 60 ? 10 : 1 }), { minutes })
    const lowest = Math.min(...admits)
    const from = admits.indexOf(lowest)
    expect(lowest).toBeGreaterThan(0)
    for (let i = 1; i <= from; i += 1) expect(admits[i]).toBeLessThanOrEqual(admits[i - 1] ?? 1)
    for (let i = from + 1; i < admits.length; i += 1) {
      expect((admits[i] ?? 0) - (admits[i - 1] ?? 0)).toBeLessThanOrEqual(0.1001)
    }
    expect(last.admit).toBe(1)
    expect(['within', 'warned']).toContain(last.phase)
  })

  it('opens again when the service has gone silent', () => {
    const { last } = simulate(
      (second) => (second < 10 * 60 ? { ...NORMAL, unitCost: 50 } : { frontDoor: 0, requests: 0, unitCost: 1 }),
      { minutes: 60 },
    )
    expect(last.admit).toBe(1)
  })

  it('judges in shadow as it would enforce, and says in which mode it was', () => {
    const { lowestAdmit, last } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 12, mode: 'shadow' })
    expect(lowestAdmit).toBeLessThan(0.5)
    expect(last.mode).toBe('shadow')
  })

  it('cuts a runaway to what its pace carries, halved once for the minute that passes unseen, and no further', () => {
    // At ten times a normal 0.6 the pace carries a sixth.
    const { lowestAdmit } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 60 })
    expect(lowestAdmit).toBeGreaterThan(1 / 6 / 2.2)
  })

  it('holds a runaway down for as long as it would run away, however little it burns meanwhile', () => {
    const { last, admits } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 180 })
    expect(last.phase).toBe('throttled')
    expect(Math.max(...admits.slice(10))).toBeLessThan(0.2)
  })

  it('opens for a crowd that would empty the purse as far as the money left carries, without swinging', () => {
    const { admits } = simulate(() => ({ frontDoor: 60, requests: 60, unitCost: 1 }), { minutes: 240 })
    const cuts = admits.filter((admit, i) => i > 0 && admit < (admits[i - 1] ?? 1)).length
    expect(Math.min(...admits)).toBeLessThan(0.1)
    expect(cuts).toBeLessThanOrEqual(2)
  })

  it('keeps one throttle up through a runaway that comes and goes', () => {
    const flapping = simulate((second) => ({ ...NORMAL, unitCost: Math.floor(second / 240) % 2 === 0 ? 20 : 1 }), {
      minutes: 48,
    })
    const opened = flapping.admits.filter((admit, i) => admit === 1 && (flapping.admits[i - 1] ?? 1) < 1).length
    expect(Math.min(...flapping.admits)).toBeLessThan(0.1)
    expect(opened).toBe(0)
  })

  it.each([9, 10, 12, 14])('keeps to the cause for which it holds a runaway that grows, %i minutes on', (minutes) => {
    const { last } = simulate((second) => ({ ...NORMAL, unitCost: second < 6 * 60 ? 10 : 30 }), { minutes })
    expect(last.reason).toMatch(/\(fast rule\)$/)
  })

  it('names the cause in its reason', () => {
    const { last } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 5 })
    expect(last.reason).toMatch(
      /times its budget's pace, and each request costs \d+(\.\d+)? times what it used to \(fast rule\)/,
    )
  })
})
