import { describe, expect, it } from 'vitest'
import { NORMAL, simulate } from './simulated-service.ts'

const PHASES = [0, 5, 15, 30, 45, 55]

describe('the judge', () => {
  it.each(PHASES)(
    'throttles a retry loop that makes each request ten times as dear within 4.6 minutes (phase %i s)',
    (phaseS) => {
      const { throttledAfterS } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 12, phaseS })
      expect(throttledAfterS).toBeLessThanOrEqual(4.7 * 60)
    },
  )

  it.each(PHASES)('throttles a hundredfold one within 2.0 minutes and a bit (phase %i s)', (phaseS) => {
    const { throttledAfterS } = simulate(() => ({ ...NORMAL, unitCost: 100 }), { minutes: 12, phaseS })
    expect(throttledAfterS).toBeLessThanOrEqual(2.5 * 60)
  })

  it('throttles recursion: as dear a request as ever, ten times as many for each one that the world makes', () => {
    const { throttledAfterS } = simulate(() => ({ ...NORMAL, requests: 10 }), { minutes: 12 })
    expect(throttledAfterS).toBeLessThanOrEqual(4.7 * 60)
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

  it('names the cause in its reason', () => {
    const { last } = simulate(() => ({ ...NORMAL, unitCost: 10 }), { minutes: 5 })
    expect(last.reason).toMatch(/times its budget's pace, and each request costs \d+(\.\d+)? times what it used to/)
  })
})
